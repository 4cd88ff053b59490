-- attack: Sleep until the end of time.
-- mechanism: loop / sleep(math.huge)
-- limits: time=100ms
-- expect: deadline
-- control: none: there is no time that could be given to it

function run()
  sleep(math.huge)
  return "ended"
end
