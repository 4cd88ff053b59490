-- attack: Replace what is not there, from each position.
-- mechanism: pattern / gsub in quadratic time
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "0"

function run()
  local _, n = ("a"):rep(6000):gsub("a*b", "")
  return n
end
