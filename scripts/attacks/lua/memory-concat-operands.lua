-- attack: Concatenate many operands at once.
-- mechanism: memory / concatenation of many operands
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local s = ("x"):rep(2 ^ 24)
  s = s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s .. s
  return "ended"
end
