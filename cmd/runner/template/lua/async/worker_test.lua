-- Run by 'runner test'. Each test has a worker of its own, in a process of its own.
local test = require "runner.test"

describe("the worker", function()
  it("counts down", function()
    local worker = test.load("worker.lua", { async = true, fake_time = true })
    local call = worker:start("60")
    worker:advance(60) -- without waiting
    local how, from = call:wait()
    assert.are.equal("finished", how)
    assert.are.equal("60", from)
    assert.are.equal(60, #worker.events)
    assert.are.same({ "left", "1" }, worker.events[60])
  end)

  it("needs a number", function()
    local worker = test.load("worker.lua", { async = true })
    assert.error_matches(function() worker:call("soon") end, "count down from what?")
  end)
end)
