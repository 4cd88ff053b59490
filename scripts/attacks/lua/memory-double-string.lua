-- attack: Double a string until there is no memory left.
-- mechanism: memory / string doubling
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=1G time=20s expect answer "ended"

function run()
  local s = "x"
  for _ = 1, 27 do s = s .. s end
  return "ended"
end
