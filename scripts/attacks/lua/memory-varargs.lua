-- attack: Pass as many arguments as fit, at each level of a recursion.
-- mechanism: memory / varargs at each level
-- limits: time=2s
-- expect: any of error overflow | limit memory
-- control: none: the bound on a thread's registers cannot be changed

local function deeper(n, ...)
  if n == 0 then return n end
  local m = deeper(n - 1, ...)
  return m, ...
end
function run()
  return deeper(1000, unpack({}, 1, 200000))
end
