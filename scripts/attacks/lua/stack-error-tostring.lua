-- attack: Overflow the stack while the error is told.
-- mechanism: stack / recursion through __tostring of an uncaught error
-- expect: error error object is a table value
-- control: none: the bound on nested calls is the VM's and cannot be changed

local t = setmetatable({}, { __tostring = function(t) return "x" .. tostring(t) end })
function run() error(t) end
