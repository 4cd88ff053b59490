-- attack: Never return from the metamethod __call.
-- mechanism: loop / metamethod __call
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local meta = { __call = function() while os.clock() < stop do end return "" end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  pcall(function() t() end)
  return t and u and "ended"
end
