-- attack: Call a function of the host's without end.
-- mechanism: flood / host calls
-- grants: host:
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.8
  while os.clock() < stop do host.echo("x") end
  return "ended"
end
