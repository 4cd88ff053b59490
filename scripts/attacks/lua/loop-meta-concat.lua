-- attack: Never return from the metamethod __concat.
-- mechanism: loop / metamethod __concat
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local meta = { __concat = function() while os.clock() < stop do end return "" end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  pcall(function() local _ = t .. u end)
  return t and u and "ended"
end
