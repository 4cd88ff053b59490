-- attack: Throw a value that takes more memory to tell.
-- mechanism: memory / value of an uncaught error
-- limits: time=300ms memory=32M
-- expect: any of limit memory | deadline
-- why: it is told by Go code, which looks at no interrupt
-- control: limits=memory=4G payload=256M time=60s expect error table value

function run()
  local t = {}
  for _ = 1, 20 do t = { t, t } end
  error(t)
end
