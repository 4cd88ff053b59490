-- attack: Encode a small value with exponentially many parts.
-- mechanism: json / sharing in json.encode
-- limits: time=500ms
-- expect: any of limit memory | deadline
-- why: Go code makes it, which looks at no interrupt
-- control: none: the value has 2^40 parts, more than any memory holds

function run()
  local t = {}
  for _ = 1, 40 do t = { t, t } end
  return #json.encode(t)
end
