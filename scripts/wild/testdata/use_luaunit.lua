local line, text = require("report").new()
local lu = require "luaunit"

TestNumbers = {}
function TestNumbers:setUp() self.n = (self.n or 0) + 1 end
function TestNumbers:testEquals() lu.assertEquals(1 + 1, 2) lu.assertAlmostEquals(0.1 + 0.2, 0.3, 1e-9) end
function TestNumbers:testFails() lu.assertEquals({1, 2, {a = 1}}, {1, 2, {a = 2}}) end
function TestNumbers:testNaN() lu.assertIsNaN(0 / 0) lu.assertIsInf(1 / 0) end
function TestNumbers:testErrors() lu.assertErrorMsgContains("boom", function() error("boom") end) end
function TestNumbers:testRaises() error("not caught", 0) end
function TestNumbers:testSkipped() lu.skip("later") end
function testStrings() lu.assertStrContains("hello", "ell") lu.assertStrMatches("abc123", "%a+%d+") lu.assertItemsEquals({1, 2, 3}, {3, 2, 1}) end
function testTable() lu.assertNotEquals({1}, {2}) lu.assertIs(TestNumbers, TestNumbers) lu.assertTrue(lu.prettystr({1, "a"}) == '{1, "a"}') end

function run()
  local runner = lu.LuaUnit.new()
  runner:setOutputType("nil")
  local failed = runner:runSuite("-v")
  line("failed", failed)
  local result = runner.result
  line("counts", result.runCount, result.passedCount, result.failureCount, result.errorCount, result.skippedCount)
  for _, test in ipairs(result.allTests) do
    line(test.testName, test.status, (tostring(test.msg):gsub("[^\n]-:%d+: ", "")))
  end
  line("pretty", lu.prettystr({1, 2, {x = "y", z = {}}}), lu.prettystr("a\nb"))
  return text()
end
