-- attack: Have string.byte return each letter of a long string.
-- mechanism: memory / results of string.byte
-- expect: error string slice too long
-- control: none: the bound on a thread's registers cannot be changed

function run()
  local s = ("x"):rep(2 ^ 22)
  local t = { s:byte(1, -1) }
  return #t > 0 and "ended"
end
