-- attack: Call each function with arguments of each type.
-- mechanism: escape / arguments of the wrong type
-- limits: time=5s
-- expect: answer "safe"
-- control: none: arguments are checked whatever the limits are

function run()
  local skip = { [sleep] = true, [files.receive] = true, [collectgarbage] = true, [setfenv] = true, [worker.retire] = true, [coroutine.yield] = true, [timer.every] = true }
  local values = { false, 0, -1, 0 / 0, "", "x", {}, print, coroutine.create(print), io.stdout, json.null, newproxy(true), setmetatable({}, { __call = print, __index = error, __tostring = error }) }
  local all = {}
  for name, lib in pairs(_G) do
    if type(lib) == "function" and name ~= "run" then all[#all + 1] = lib end
    if type(lib) == "table" and lib ~= _G and name ~= "host" then
      for _, f in pairs(lib) do if type(f) == "function" then all[#all + 1] = f end end
    end
  end
  for _, f in ipairs(all) do
    if not skip[f] then
      pcall(f)
      for i = 1, #values do
        pcall(f, values[i])
        pcall(f, nil, values[i])
        for j = 1, #values do pcall(f, values[i], values[j]) end
      end
    end
  end
  return "safe"
end
