-- attack: Never return from the metamethod __newindex.
-- mechanism: loop / metamethod __newindex
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local meta = { __newindex = function() while os.clock() < stop do end return "" end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  pcall(function() t.x = 1 end)
  return t and u and "ended"
end
