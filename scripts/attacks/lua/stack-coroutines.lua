-- attack: Resume a coroutine in each coroutine.
-- mechanism: stack / coroutines within coroutines
-- expect: error stack overflow
-- control: none: the bound on nested coroutines is the VM's and cannot be changed

local function f() return coroutine.wrap(f)() end
function run() return f() end
