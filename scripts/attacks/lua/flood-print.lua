-- attack: Print 100 MB.
-- mechanism: flood / print
-- limits: time=10s
-- expect: answer "ended"
-- control: none: what is printed is taken as fast as it can be, and the script waits meanwhile

function run()
  local s = ("x"):rep(2 ^ 16)
  for _ = 1, 1600 do print(s) end
  return "ended"
end
