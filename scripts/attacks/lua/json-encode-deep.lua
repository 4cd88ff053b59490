-- attack: Encode a value that is nested a million times.
-- mechanism: json / nesting in json.encode
-- limits: memory=512M time=5s
-- expect: serialise
-- control: none: the bound on nesting is the serialiser's and cannot be changed

function run()
  local t = {}
  for _ = 1, 1e6 do t = { t } end
  return json.encode(t)
end
