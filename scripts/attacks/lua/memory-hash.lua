-- attack: Fill a hash table.
-- mechanism: memory / hash part of a table
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=30s expect answer "ended"

function run()
  local t = {}
  for i = 1, 6e5 do t[i + 0.5] = i end
  return "ended"
end
