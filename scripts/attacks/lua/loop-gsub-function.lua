-- attack: Never return from a replacement.
-- mechanism: loop / replacement function of gsub
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local _ = ("abc"):gsub(".", function() while os.clock() < stop do end end)
  return "ended"
end
