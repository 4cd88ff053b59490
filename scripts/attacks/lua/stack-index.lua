-- attack: Call itself through __index for ever.
-- mechanism: stack / recursion through __index
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local t = setmetatable({}, { __index = function(t, k) return 1 + t[k + 1] end })
function run() return t[1] end
