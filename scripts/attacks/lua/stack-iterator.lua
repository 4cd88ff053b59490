-- attack: Iterate in an iterator for ever.
-- mechanism: stack / recursion through iterators
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local function f() for x in f do return x end end
function run() return f() end
