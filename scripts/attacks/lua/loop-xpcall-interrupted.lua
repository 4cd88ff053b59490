-- attack: Handle the interrupt with another loop.
-- mechanism: loop / handler of xpcall called for the interrupt
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local function spin() while os.clock() < stop do end end
  xpcall(function() xpcall(spin, spin) spin() end, spin)
  return "ended"
end
