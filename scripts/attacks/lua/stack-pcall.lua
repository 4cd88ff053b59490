-- attack: Call itself through pcall for ever.
-- mechanism: stack / recursion through pcall
-- expect: error stack overflow
-- control: none: the bound on nested pcalls is the VM's and cannot be changed

local function f()
  local ok, err = pcall(f)
  error(err, 0)
end
function run() return f() end
