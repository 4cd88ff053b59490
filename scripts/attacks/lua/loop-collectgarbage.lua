-- attack: Collect garbage for ever.
-- mechanism: loop / collectgarbage
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  while os.clock() < stop do collectgarbage() end
  return "ended"
end
