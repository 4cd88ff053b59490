-- attack: Look up a key in tables that inherit from each other.
-- mechanism: loop / cycle of __index tables
-- expect: error recursion
-- control: none: gopher-lua counts the tables that it goes through, and the count cannot be changed

function run()
  local a, b = {}, {}
  setmetatable(a, { __index = b })
  setmetatable(b, { __index = a })
  return a.x
end
