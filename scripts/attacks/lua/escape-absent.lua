-- attack: Call what other Luas have that reaches outside.
-- mechanism: escape / functions of the standard libraries
-- expect: answer "safe"
-- control: none: the functions are not there at all

function run()
  for _, f in ipairs { "_printregs", "channel", "package.loadlib", "os.execute", "os.exit", "os.setenv", "os.setlocale", "io.popen", "io.tmpfile", "debug.getinfo", "debug.getregistry", "debug.getupvalue", "debug.sethook", "debug.setmetatable", "debug.getlocal", "debug.setlocal", "debug.getfenv", "lfs.chdir", "lfs.link", "lfs.lock", "string.dump.x" } do
    local value = _G
    for key in f:gmatch("[^.]+") do value = type(value) == "table" and value[key] or nil end
    if value ~= nil then return "ESCAPED", f end
  end
  return "safe"
end
