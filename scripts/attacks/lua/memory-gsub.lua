-- attack: Have gsub replace each letter with many.
-- mechanism: memory / replacement of gsub
-- limits: time=1s
-- expect: any of limit memory | deadline
-- why: near the limit it is collecting garbage that takes the time, and the end of either may come first
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local s = ("x"):rep(2 ^ 3):gsub("x", ("y"):rep(2 ^ 24))
  return #s > 0 and "ended"
end
