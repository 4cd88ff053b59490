-- attack: Loop in a timer, so that the next call waits.
-- mechanism: loop / timer callback
-- calls: 2
-- limits: time=400ms
-- expect: any of answer "set" | deadline
-- why: the first call is answered, the second one waits for the timer
-- control: limits=time=20s expect answer "set"

function run()
  timer.after(0, function()
    local stop = os.clock() + 1.2
    while os.clock() < stop do end
  end)
  local stop = os.clock() + 0.1
  while os.clock() < stop do end
  return "set"
end
