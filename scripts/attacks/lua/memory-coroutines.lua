-- attack: Make coroutines that wait.
-- mechanism: memory / suspended coroutines
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t = {}
  for i = 1, 15000 do
    t[i] = coroutine.wrap(function() coroutine.yield() end)
    t[i]()
  end
  return "ended"
end
