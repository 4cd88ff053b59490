-- attack: Count where adding one changes nothing.
-- mechanism: loop / for whose step is lost in rounding
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  for _ = 2 ^ 53, 2 ^ 53 + 2 do
    if os.clock() > stop then return "ended" end
  end
  return "none"
end
