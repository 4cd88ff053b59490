-- attack: Print short lines without end.
-- mechanism: flood / short lines
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.8
  while os.clock() < stop do print("") end
  return "ended"
end
