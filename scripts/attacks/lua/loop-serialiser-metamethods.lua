-- attack: Have the values of an answer loop while they are told.
-- mechanism: loop / metamethods of results
-- serialiser: json
-- expect: answer "map[]"
-- control: none: results are read without their metamethods

function run()
  local function spin() while true do end end
  return json.object(), nil and spin
end
