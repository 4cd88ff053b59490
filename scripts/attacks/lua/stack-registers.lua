-- attack: Use up the registers of a thread, and then call what needs more.
-- mechanism: stack / registers of a thread
-- limits: time=20s
-- expect: error overflow
-- control: none: the bound on a thread's registers cannot be changed

local names = {}
for i = 1, 180 do names[i] = "a" .. i end
local source = "local f, g = ... local " .. table.concat(names, ",") .. " = 1 g('#', 1, 2, 3) local x = f(f, g) return x"
local f = loadstring(source)
function run() return f(f, select) end
