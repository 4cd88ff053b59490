-- attack: Use more processor time than is allowed, within the deadline.
-- mechanism: loop / processor time
-- limits: cpu=200ms time=30s
-- expect: limit cpu
-- control: limits=cpu=60s expect answer "ended"

function run()
  for _ = 1, 3e7 do end
  return "ended"
end
