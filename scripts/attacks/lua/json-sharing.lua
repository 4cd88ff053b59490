-- attack: Encode a small value with sixteen million parts.
-- mechanism: json / sharing in json.encode
-- limits: time=300ms memory=32M
-- expect: any of limit memory | deadline
-- why: Go code makes it, which looks at no interrupt
-- control: limits=memory=4G payload=256M time=60s expect answer *

function run()
  local t = {}
  for _ = 1, 24 do t = { t, t } end
  return #json.encode(t)
end
