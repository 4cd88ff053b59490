-- attack: Have string.format repeat its argument.
-- mechanism: memory / string.format
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t, s = {}, ("x"):rep(2 ^ 20)
  for i = 1, 128 do t[i] = s end
  s = string.format(("%s"):rep(128), unpack(t))
  return "ended"
end
