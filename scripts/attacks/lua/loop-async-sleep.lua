-- attack: Sleep again whenever cancelled, in calls side by side.
-- mechanism: loop / sleep in pcall, async
-- mode: async
-- calls: 8
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run(done)
  local stop = os.clock() + 0.6
  while os.clock() < stop do pcall(sleep, stop - os.clock() + 0.01) end
  done("ended")
end
