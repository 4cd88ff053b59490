-- attack: Set timers that wait within a call.
-- mechanism: memory / tasks that wait
-- mode: async
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=4G time=30s expect answer "ended"

function run(done)
  for _ = 1, 10000 do timer.after(0, function() sleep(1e9) end) end
  timer.after(0.1, function() done("ended") end)
end
