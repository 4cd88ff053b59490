-- attack: Use more processor time than is allowed, between sleeps.
-- mechanism: loop / processor time in bursts
-- limits: cpu=200ms time=30s
-- expect: limit cpu
-- control: limits=cpu=60s expect answer "ended"

function run()
  for _ = 1, 20 do
    for _ = 1, 1.5e6 do end
    sleep(0.01)
  end
  return "ended"
end
