-- attack: Never return from the metamethod __len.
-- mechanism: loop / metamethod __len
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local meta = { __len = function() while os.clock() < stop do end return "" end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  pcall(function() local _ = #t end)
  return t and u and "ended"
end
