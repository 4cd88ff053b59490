-- attack: Remove what the VM itself may use.
-- mechanism: escape / removal of globals
-- calls: 3
-- expect: any of answer "1" | answer "2" | answer "3" | error
-- why: the function is gone for later calls
-- control: none: it reaches its own VM only

function run(n)
  for name in pairs(_G) do _G[name] = nil end
  return n
end
