-- attack: Count to infinity.
-- mechanism: loop / for to math.huge
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  for _ = 1, math.huge do
    if os.clock() > stop then break end
  end
  return "ended"
end
