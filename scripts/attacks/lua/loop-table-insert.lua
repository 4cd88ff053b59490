-- attack: Move a table by one again and again.
-- mechanism: loop / table.insert at the front
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

function run()
  local t = {}
  for i = 1, 60000 do table.insert(t, 1, i) end
  return "ended"
end
