-- attack: Never return from what an answer consists of.
-- mechanism: loop / metamethods of results
-- serialiser: json
-- expect: answer "map[a:1]"
-- control: none: results are read without their metamethods

function run()
  local function spin() while true do end end
  return setmetatable({ a = 1 }, { __index = spin, __pairs = spin, __len = spin, __tostring = spin })
end
