-- attack: Write lines in one piece.
-- mechanism: flood / lines in io.write
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

function run()
  local s = ("\n"):rep(2 ^ 18)
  for _ = 1, 3 do io.stderr:write(s) end
  return "ended"
end
