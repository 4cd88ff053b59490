-- attack: Call methods on userdata of another kind.
-- mechanism: escape / confusion of userdata
-- mode: async
-- expect: answer "safe"
-- control: none: what a method is called on is checked whatever the limits are

function run(done)
  local t = timer.after(100, print)
  local objects = { done, t, io.stdout, json.null, newproxy(true), newproxy(), host, 1, "x", coroutine.create(print) }
  local methods = { io.stdout.read, io.stdout.write, io.stdout.close, io.stdout.lines, io.stdout.seek, io.stdout.setvbuf, io.close, io.input, io.output, io.lines, io.type, t.cancel, timer.after, coroutine.resume, coroutine.status, json.encode, json.object, json.array, setmetatable, getfenv, setfenv, log.info, lfs.dir, lfs.attributes }
  for _, method in ipairs(methods) do
    for _, object in ipairs(objects) do
      if not (object == done or method == setfenv) then pcall(method, object, object) end
      pcall(method, nil, object)
      pcall(method, object, nil, object)
    end
  end
  done("safe")
end
