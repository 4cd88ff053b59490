-- attack: Send large events without end.
-- mechanism: flood / large events
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop, s = os.clock() + 0.8, ("x"):rep(2 ^ 20)
  while os.clock() < stop do event(s) end
  return "ended"
end
