-- attack: Never stop giving load pieces of source.
-- mechanism: loop / reader function of load
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  load(function() if os.clock() < stop then return " " end end)
  return "ended"
end
