-- attack: Call what was not given without end, and catch the errors.
-- mechanism: flood / refused host calls
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.8
  while os.clock() < stop do pcall(io.open, "/etc/passwd") end
  return "ended"
end
