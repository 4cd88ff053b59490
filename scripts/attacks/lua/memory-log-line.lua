-- attack: Write a line that does not end.
-- mechanism: memory / unfinished line of output
-- limits: time=5s
-- expect: answer "ended"
-- control: none: a line becomes a record when it is 64 KiB long, whatever the limits are

function run()
  local s = ("x"):rep(2 ^ 16)
  for _ = 1, 500 do io.write(s) end
  return "ended"
end
