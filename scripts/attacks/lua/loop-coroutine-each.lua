-- attack: Answer each interrupt with a new coroutine.
-- mechanism: loop / coroutine for each error
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local function spin() while os.clock() < stop do end error("again") end
  while os.clock() < stop do coroutine.resume(coroutine.create(spin)) end
  return "ended"
end
