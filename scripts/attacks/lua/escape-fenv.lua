-- attack: Get at the environment of built-in functions.
-- mechanism: escape / getfenv and setfenv
-- expect: answer "safe"
-- control: none: all built-in functions have the script's own globals

function run()
  for level = 0, 10 do
    local ok, env = pcall(getfenv, level)
    if ok and env ~= _G then return "ESCAPED", level end
  end
  for _, lib in pairs { string, table, math, io, os, json, lfs, timer, log, files } do
    for _, f in pairs(lib) do
      if type(f) == "function" then
        local ok, env = pcall(getfenv, f)
        if ok and env ~= _G then return "ESCAPED" end
        pcall(setfenv, f, {})
      end
    end
  end
  for _, f in ipairs { pcall, print, error, host, sleep, event } do pcall(setfenv, f, {}) end
  return "safe"
end
