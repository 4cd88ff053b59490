-- attack: Never return from the metamethod __tostring.
-- mechanism: loop / metamethod __tostring
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local meta = { __tostring = function() while os.clock() < stop do end return "" end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  pcall(function() local _ = tostring(t) end)
  return t and u and "ended"
end
