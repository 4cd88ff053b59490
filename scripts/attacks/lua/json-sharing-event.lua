-- attack: Send a small value that is fifty megabytes.
-- mechanism: json / sharing in events
-- serialiser: cbor
-- limits: time=300ms memory=32M
-- expect: any of limit memory | deadline
-- why: Go code makes it, which looks at no interrupt
-- control: limits=memory=4G payload=256M time=60s expect answer "ended"

function run()
  local t = { ("x"):rep(200) }
  for _ = 1, 18 do t = { t, t } end
  event(t)
  return "ended"
end
