-- attack: Catch the interrupt inside and around coroutines.
-- mechanism: loop / pcall in coroutine in pcall
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local function spin() while os.clock() < stop do end end
  while os.clock() < stop do
    pcall(coroutine.wrap(function() while os.clock() < stop do pcall(spin) end end))
  end
  return "ended"
end
