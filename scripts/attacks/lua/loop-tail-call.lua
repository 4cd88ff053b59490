-- attack: Call itself for ever without using the stack.
-- mechanism: loop / tail calls
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

local stop
local function again()
  if os.clock() > stop then return "ended" end
  return again()
end
function run()
  stop = os.clock() + 0.6
  return again()
end
