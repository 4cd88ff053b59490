-- attack: Encode a value that contains itself.
-- mechanism: json / cycle in json.encode
-- expect: serialise
-- control: none: there is no text for it

function run()
  local t = {}
  t.t = t
  return json.encode(t)
end
