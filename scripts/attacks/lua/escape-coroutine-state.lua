-- attack: Resume, from inside and outside, what must not be resumed.
-- mechanism: escape / coroutines in odd states
-- expect: answer "safe"
-- control: none: the state is checked whatever the limits are

function run()
  local self
  self = coroutine.create(function()
    pcall(coroutine.resume, self)
    coroutine.yield(pcall(coroutine.wrap(function() return coroutine.resume(self) end)))
    table.sort({ 3, 2, 1 }, function(a, b) pcall(coroutine.yield) return a < b end)
    local _ = ("abc"):gsub(".", function() pcall(coroutine.yield, 1) end)
    local t = setmetatable({}, { __index = function() coroutine.yield() end })
    pcall(function() return t.x end)
    for _ in coroutine.wrap(function() coroutine.yield(coroutine.running()) end) do end
    error(self)
  end)
  for _ = 1, 20 do coroutine.resume(self) end
  pcall(coroutine.yield)
  pcall(coroutine.wrap(coroutine.yield))
  pcall(coroutine.wrap(pcall), coroutine.yield)
  pcall(coroutine.wrap(coroutine.wrap), error)
  return "safe"
end
