-- attack: Pass a host function a small value with a million parts.
-- mechanism: json / sharing in arguments of host functions
-- grants: host:
-- limits: time=300ms memory=32M
-- expect: any of limit memory | deadline
-- why: Go code makes it, which looks at no interrupt
-- control: limits=memory=4G payload=256M time=60s expect answer "ended"

function run()
  local t = {}
  for _ = 1, 20 do t = { t, t } end
  pcall(host.echo, t)
  return "ended"
end
