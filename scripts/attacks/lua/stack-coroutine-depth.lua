-- attack: Use up the calls of a coroutine at each level of coroutines.
-- mechanism: stack / recursion in nested coroutines
-- limits: time=5s memory=512M
-- expect: any of error stack overflow | limit memory | exit
-- why: the bounds multiply; it may be the goroutine's stack that ends first
-- control: none: the bounds are the VM's and cannot be changed

local function deep(n, f) if n == 0 then return 1 + f() end return 1 + deep(n - 1, f) end
local function f() return deep(4000, function() return coroutine.wrap(f)() end) end
function run() return f() end
