-- attack: Raise and catch errors for ever.
-- mechanism: loop / errors that are caught
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  while os.clock() < stop do pcall(error, "x") end
  return "ended"
end
