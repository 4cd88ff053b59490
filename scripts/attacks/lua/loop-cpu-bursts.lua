-- attack: Use more processor time than is allowed, between sleeps.
-- mechanism: loop / processor time in bursts
-- limits: cpu=300ms time=20s
-- expect: limit cpu
-- control: limits=cpu=20s expect answer "ended"

function run()
  for _ = 1, 20 do
    local stop = os.clock() + 0.06
    while os.clock() < stop do end
    sleep(0.01)
  end
  return "ended"
end
