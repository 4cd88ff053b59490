-- attack: Raise an error in the handler of an error in a handler.
-- mechanism: stack / recursion through handlers of xpcall
-- expect: deadline
-- why: each of 200 levels calls the next one twice
-- control: none: it would take 2^200 calls

local function f() xpcall(f, f) error("again") end
function run() return (xpcall(f, f)) end
