-- attack: Call itself through __tostring for ever.
-- mechanism: stack / recursion through __tostring
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local t = setmetatable({}, { __tostring = function(t) return "x" .. tostring(t) end })
function run() return tostring(t) end
