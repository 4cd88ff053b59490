-- attack: Never return from a repeat.
-- mechanism: loop / repeat until
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  repeat until os.clock() > stop
  return "ended"
end
