-- attack: Replace the methods of all strings.
-- mechanism: escape / metatable of strings
-- calls: 3
-- expect: any of answer "1" | answer "2" | answer "3" | error
-- why: a script may break itself
-- control: none: it reaches its own VM only

function run(n)
  local meta = getmetatable("")
  if meta then
    meta.__index = function() error("gone") end
    meta.__add = function() return "ESCAPED" end
    meta.__tostring = function() error("gone") end
    meta.__call = error
  end
  for name in pairs(string) do string[name] = function() error("gone") end end
  return n
end
