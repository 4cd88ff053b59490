-- attack: Never return, in the tightest loop that there is.
-- mechanism: loop / while true without a body
-- limits: time=50ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local n = 0
  while n < 1e7 do n = n + 1 end
  return "ended"
end
