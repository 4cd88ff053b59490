-- attack: Fill the registers of many coroutines.
-- mechanism: memory / registers of coroutines
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=4G time=60s expect answer "ended"

function run()
  local t = {}
  for i = 1, 12 do
    t[i] = coroutine.wrap(function(...) coroutine.yield() return ... end)
    t[i](unpack({}, 1, 200000))
  end
  return "ended"
end
