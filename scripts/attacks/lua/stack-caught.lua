-- attack: Go on after each overflow of the stack.
-- mechanism: stack / overflows that are caught
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=30s expect answer "ended"

local function f() return 1 + f() end
function run()
  local stop = os.clock() + 0.8
  while os.clock() < stop do pcall(f) end
  return "ended"
end
