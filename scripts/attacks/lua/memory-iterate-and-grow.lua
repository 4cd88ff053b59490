-- attack: Add to a table while it is iterated over.
-- mechanism: memory / table that grows while it is iterated over
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=30s expect answer "ended"

function run()
  local t, n = { 1 }, 0
  for i in ipairs(t) do
    t[i + 1] = ("x"):rep(100)
    if i > 5e5 then break end
  end
  return "ended"
end
