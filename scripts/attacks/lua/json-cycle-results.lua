-- attack: Answer with a value that contains itself.
-- mechanism: json / cycle in results
-- serialiser: msgpack
-- expect: serialise
-- control: none: there is no form for it

function run()
  local t = {}
  t[1] = { t }
  return t
end
