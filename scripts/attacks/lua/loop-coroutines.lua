-- attack: Hand over between coroutines for ever.
-- mechanism: loop / coroutines that resume and yield
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local co = coroutine.create(function() while true do coroutine.yield() end end)
  while os.clock() < stop do coroutine.resume(co) end
  return "ended"
end
