-- attack: Mark tables as what they are not, and mark the marks.
-- mechanism: json / json.object and json.array
-- serialiser: json
-- expect: any of answer "map[]" | serialise
-- why: what cannot be an object is refused
-- control: none: marks mean nothing on a table that is not empty

function run()
  local a = json.array()
  pcall(json.object, a)
  pcall(json.object, getmetatable(a))
  pcall(json.array, getmetatable(json.object()))
  pcall(setmetatable, getmetatable(a), getmetatable(a))
  return json.object(a)
end
