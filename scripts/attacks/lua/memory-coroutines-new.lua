-- attack: Make coroutines that are never run.
-- mechanism: memory / coroutines that have not started
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t = {}
  for i = 1, 15000 do t[i] = coroutine.create(run) end
  return "ended"
end
