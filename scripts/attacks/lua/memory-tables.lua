-- attack: Make tables within tables.
-- mechanism: memory / many small tables
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t = {}
  for _ = 1, 1e6 do t = { t } end
  return "ended"
end
