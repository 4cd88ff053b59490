-- attack: Copy a long string with each function that does.
-- mechanism: memory / string.upper, lower and reverse
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local s, t = ("x"):rep(2 ^ 24), {}
  for i = 1, 6 do
    t[#t + 1] = s:upper()
    t[#t + 1] = s:reverse()
    t[#t + 1] = s .. i
  end
  return "ended"
end
