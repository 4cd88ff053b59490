-- Run by 'runner test'. Each test has a worker of its own, in a process of its own.
local test = require "runner.test"

describe("the worker", function()
  local worker
  before_each(function() worker = test.load("worker.lua") end)

  it("greets", function()
    assert.are.equal("Hello, Ada!", worker:call("Ada"))
    assert.are.same({ { "greeted", "Ada" } }, worker.events)
  end)

  it("needs a name", function()
    assert.error_matches(function() worker:call() end, "who is to be greeted?")
  end)
end)
