-- attack: Load source in the reader of a source for ever.
-- mechanism: stack / recursion through load
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local function f() return load(f) and "" end
function run() return f() end
