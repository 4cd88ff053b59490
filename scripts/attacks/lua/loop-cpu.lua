-- attack: Use more processor time than is allowed, within the deadline.
-- mechanism: loop / processor time
-- limits: cpu=300ms time=10s
-- expect: limit cpu
-- control: limits=cpu=20s expect answer "ended"

function run()
  local stop = os.clock() + 1.2
  while os.clock() < stop do end
  return "ended"
end
