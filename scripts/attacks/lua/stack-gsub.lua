-- attack: Replace in a replacement for ever.
-- mechanism: stack / recursion through gsub
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local function f() return (("x"):gsub("x", f)) end
function run() return f() end
