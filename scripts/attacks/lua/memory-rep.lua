-- attack: Have string.rep make more than there is.
-- mechanism: memory / string.rep
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=1G time=20s expect answer "ended"

function run()
  local s = ("x"):rep(2 ^ 28)
  return #s > 0 and "ended"
end
