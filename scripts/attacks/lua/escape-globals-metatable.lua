-- attack: Have the look-up of the function run a script's code.
-- mechanism: escape / metatable of the global table
-- calls: 3
-- expect: answer "found"
-- control: none: functions are looked up once, without metamethods

function run()
  setmetatable(_G, { __index = function() while true do end end, __newindex = function() while true do end end })
  return "found"
end
