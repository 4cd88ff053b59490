-- attack: Count with a step of zero.
-- mechanism: loop / for with step 0
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  for _ = 2, 1, 0 do
    if os.clock() > stop then break end
  end
  return "ended"
end
