-- attack: Send events without end.
-- mechanism: flood / events
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.8
  while os.clock() < stop do event("x") end
  return "ended"
end
