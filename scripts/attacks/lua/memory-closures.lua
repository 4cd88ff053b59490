-- attack: Make closures.
-- mechanism: memory / closures
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local f
  for i = 1, 1e6 do
    local g = f
    f = function() return g, i end
  end
  return "ended"
end
