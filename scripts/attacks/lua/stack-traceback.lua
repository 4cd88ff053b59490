-- attack: Ask for the traceback of a deep stack, again and again.
-- mechanism: stack / traceback of a deep stack
-- limits: time=200ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

local function f(n) if n == 0 then for _ = 1, 100000 do debug.traceback() end return 0 end return 1 + f(n - 1) end
function run() f(15000) return "ended" end
