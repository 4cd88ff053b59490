-- attack: Two functions hand over to each other.
-- mechanism: loop / mutual tail calls
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

local stop, odd
local function even() if os.clock() > stop then return "ended" end return odd() end
function odd() return even() end
function run()
  stop = os.clock() + 0.6
  return even()
end
