-- attack: Set a key in tables that pass it to each other.
-- mechanism: loop / cycle of __newindex tables
-- expect: error recursion
-- control: none: gopher-lua counts the tables that it goes through, and the count cannot be changed

function run()
  local a, b = {}, {}
  setmetatable(a, { __newindex = b })
  setmetatable(b, { __newindex = a })
  a.x = 1
  return "set"
end
