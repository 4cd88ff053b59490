-- attack: Throw a value that takes more memory to tell.
-- mechanism: memory / value of an uncaught error
-- limits: time=2s
-- expect: any of limit memory | deadline
-- why: it is told by Go code, which looks at no interrupt
-- control: none: the value has 2^40 parts, more than any memory holds

function run()
  local t = {}
  for _ = 1, 40 do t = { t, t } end
  error(t)
end
