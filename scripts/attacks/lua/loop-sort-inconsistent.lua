-- attack: Sort by an order that is none.
-- mechanism: loop / comparator that contradicts itself
-- limits: time=5s
-- expect: any of answer "ended" | error
-- why: Lua may say that the order is invalid
-- control: none: Go's sort ends whatever the comparator says

function run()
  local t = {}
  for i = 1, 1000 do t[i] = i end
  local n = 0
  table.sort(t, function() n = n + 1 return n % 3 > 0 end)
  return "ended"
end
