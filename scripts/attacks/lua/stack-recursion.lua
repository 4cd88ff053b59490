-- attack: Call itself for ever.
-- mechanism: stack / recursion
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local function f() return 1 + f() end
function run() return f() end
