-- attack: Catch the interrupt of a loop.
-- mechanism: loop / pcall around a loop, in a loop
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  while os.clock() < stop do
    pcall(function() while os.clock() < stop do end end)
  end
  return "ended"
end
