-- attack: Set timers for the next century.
-- mechanism: memory / timers
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=30s expect answer "ended"

function run()
  for _ = 1, 2e5 do timer.after(1e9, function() end) end
  return "ended"
end
