-- attack: Iterate over what never ends.
-- mechanism: loop / iterator of coroutine.wrap
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  for _ in coroutine.wrap(function() while os.clock() < stop do coroutine.yield(1) end end) do end
  return "ended"
end
