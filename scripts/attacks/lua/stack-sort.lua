-- attack: Sort in a comparison for ever.
-- mechanism: stack / recursion through table.sort
-- expect: error stack overflow
-- control: none: the bound on nested calls is the VM's and cannot be changed

local function less() table.sort({ 1, 2 }, less) return false end
function run() return less() end
