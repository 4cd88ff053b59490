-- attack: Never return from a loop made of a goto.
-- mechanism: loop / goto
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  ::again::
  if os.clock() < stop then goto again end
  return "ended"
end
