-- attack: Never return from a comparison.
-- mechanism: loop / comparator of table.sort
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  table.sort({ 1, 2, 3 }, function(a, b)
    while os.clock() < stop do end
    return a < b
  end)
  return "ended"
end
