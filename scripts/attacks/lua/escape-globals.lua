-- attack: Find a global that reaches outside.
-- mechanism: escape / the global table
-- expect: answer "safe"
-- control: none: what would reach outside is not there at all

local known = {}
for name in ([[_G _VERSION _GOPHER_LUA_VERSION assert collectgarbage coroutine debug dofile error event files getfenv getmetatable
  host io ipairs json lfs load loadfile loadstring log math module newproxy next os package pairs pcall print rawequal rawget rawset
  require run select setfenv setmetatable sleep string table timer tonumber tostring type unpack worker xpcall]]):gmatch("%S+") do
  known[name] = true
end
function run()
  for name in pairs(_G) do
    if not known[name] then return "ESCAPED", name end
  end
  return "safe"
end
