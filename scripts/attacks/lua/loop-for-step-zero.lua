-- attack: Count with a step of zero.
-- mechanism: loop / for with step 0
-- limits: time=200ms
-- expect: any of deadline | error
-- why: an error is as good
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  for _ = 1, 2, 0 do
    if os.clock() > stop then return "ended" end
  end
  return "none"
end
