-- attack: Never return from the table of replacements.
-- mechanism: loop / __index of gsub's table
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local t = setmetatable({}, { __index = function() while os.clock() < stop do end return "x" end })
  local _ = ("abc"):gsub(".", t)
  t = t.x
  return "ended"
end
