-- attack: Flood with events from calls side by side.
-- mechanism: flood / events of many calls
-- mode: async
-- calls: 20
-- limits: time=20ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

function run(done)
  local s = ("x"):rep(1000)
  for _ = 1, 400 do
    for _ = 1, 100 do done.event(s) end
    sleep(0)
  end
  done("ended")
end
