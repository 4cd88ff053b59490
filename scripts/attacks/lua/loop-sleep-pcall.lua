-- attack: Sleep again whenever woken.
-- mechanism: loop / sleep in pcall
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  while os.clock() < stop do pcall(sleep, stop - os.clock() + 0.01) end
  return "ended"
end
