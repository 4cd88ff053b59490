-- attack: Have gsub repeat what it captured.
-- mechanism: memory / captures in gsub's replacement
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=4G time=20s expect answer "ended"

function run()
  local s = ("x"):gsub("x", ("%0"):rep(2 ^ 25))
  return #s > 0 and "ended"
end
