-- attack: Get at the metatables of what the host hands out.
-- mechanism: escape / metatables of userdata
-- mode: async
-- expect: answer "safe"
-- control: none: the metatables are protected whatever the limits are

function run(done)
  local objects = { done, timer.after(100, print), io.stdout, io.stdin, json.null, host, (select(2, pcall(io.open, "/x"))) }
  for _, object in ipairs(objects) do
    local meta = getmetatable(object)
    if type(meta) == "table" then done("ESCAPED", tostring(object)) return end
    if pcall(setmetatable, object, {}) then done("ESCAPED", tostring(object)) return end
  end
  done("safe")
end
