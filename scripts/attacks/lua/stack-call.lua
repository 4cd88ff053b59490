-- attack: Call itself through __call for ever.
-- mechanism: stack / recursion through __call
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local t = setmetatable({}, { __call = function(t) return 1 + t() end })
function run() return t() end
