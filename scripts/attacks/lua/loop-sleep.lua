-- attack: Sleep beyond the deadline.
-- mechanism: loop / sleep
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  sleep(0.6)
  return "ended"
end
