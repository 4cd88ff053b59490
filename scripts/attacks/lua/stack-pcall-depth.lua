-- attack: Use up the calls of each level of pcalls through metamethods.
-- mechanism: stack / metamethods in nested pcalls
-- limits: time=5s memory=512M
-- expect: any of error stack overflow | limit memory | exit
-- why: the bounds multiply; it may be the goroutine's stack that ends first
-- control: none: the bounds are the VM's and cannot be changed

local meta = {}
local function f(n)
  local t = setmetatable({ n = n }, meta)
  return t + t
end
meta.__add = function(t)
  if t.n % 3000 == 2999 then
    local ok, x = pcall(f, t.n + 1)
    if not ok then error(x, 0) end
    return x
  end
  return 1 + f(t.n + 1)
end
function run() return f(1) end
