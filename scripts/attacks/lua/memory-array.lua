-- attack: Fill an array.
-- mechanism: memory / array part of a table
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t = {}
  for i = 1, 5e6 do t[i] = i end
  return "ended"
end
