-- attack: Have one assignment fill an array up to its index.
-- mechanism: memory / large index in an empty table
-- limits: time=1s
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=4G time=20s expect answer "ended"

function run()
  local t = {}
  t[8e6] = 1
  return "ended"
end
