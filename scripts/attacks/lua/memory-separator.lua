-- attack: Have table.concat multiply its separator.
-- mechanism: memory / separator of table.concat
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=20s expect answer "ended"

function run()
  local t = {}
  for i = 1, 257 do t[i] = "" end
  return table.concat(t, ("x"):rep(2 ^ 20)) and "ended"
end
