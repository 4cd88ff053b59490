-- attack: Give a userdata a finalizer.
-- mechanism: escape / __gc
-- expect: answer "safe"
-- control: none: gopher-lua has no finalizers

function run()
  local proxy = newproxy(true)
  local ran
  getmetatable(proxy).__gc = function() ran = true while true do end end
  proxy = nil
  setmetatable({}, { __gc = function() ran = true while true do end end })
  for _ = 1, 3 do collectgarbage() end
  return proxy == nil and not ran and "safe"
end
