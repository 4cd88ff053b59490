-- attack: Loop in a coroutine.
-- mechanism: loop / coroutine that does not yield
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  coroutine.resume(coroutine.create(function() while os.clock() < stop do end end))
  return "ended"
end
