-- attack: Resume what another call waits in.
-- mechanism: escape / coroutine of another call
-- mode: async
-- calls: 4
-- limits: time=1s
-- expect: answer "safe"
-- control: none: whose a coroutine is is checked whatever the limits are

local shared
function run(done, n)
  shared = shared or coroutine.create(function() sleep(0.05) coroutine.yield() sleep(0.05) end)
  for _ = 1, 3 do
    pcall(coroutine.resume, shared)
    sleep(0.01)
  end
  done("safe")
end
