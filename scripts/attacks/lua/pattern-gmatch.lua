-- attack: Iterate over what is not there.
-- mechanism: pattern / gmatch in quadratic time
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "0"

function run()
  local n = 0
  for _ in ("a"):rep(6000):gmatch("a*b") do n = n + 1 end
  return n
end
