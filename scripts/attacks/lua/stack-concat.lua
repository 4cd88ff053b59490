-- attack: Call itself through __concat for ever.
-- mechanism: stack / recursion through __concat
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local t = setmetatable({}, { __concat = function(a, b) return 1 + (a .. b) end })
function run() return t .. t end
