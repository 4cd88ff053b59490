-- attack: Send an event that is larger than may be.
-- mechanism: flood / payload of an event
-- expect: limit payload
-- control: limits=payload=64M memory=512M time=20s expect answer "ended"

function run()
  event(("x"):rep(8 * 2 ^ 20))
  return "ended"
end
