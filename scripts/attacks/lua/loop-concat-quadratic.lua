-- attack: Copy a string again and again.
-- mechanism: loop / concatenation of ever longer strings
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

function run()
  local s = ("x"):rep(1000000)
  for _ = 1, 1000 do s = s .. "x" end
  return "ended"
end
