-- attack: Load compiled code.
-- mechanism: escape / bytecode for load and loadstring
-- expect: answer "safe"
-- control: none: gopher-lua has no loader of bytecode, and what looks like it is refused

function run()
  local header = "\27Lua\81\0\1\4\8\4\8\0" .. ("\0"):rep(100)
  if loadstring(header) or load(header) or loadstring("#!\n" .. header) then return "ESCAPED" end
  local i = 0
  if load(function() i = i + 1 return header:sub(i, i) end) then return "ESCAPED" end
  return "safe"
end
