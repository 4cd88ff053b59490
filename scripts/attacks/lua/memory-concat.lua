-- attack: Have table.concat make more than there is.
-- mechanism: memory / table.concat
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t, s = {}, ("x"):rep(2 ^ 20)
  for i = 1, 256 do t[i] = s end
  return table.concat(t) and "ended"
end
