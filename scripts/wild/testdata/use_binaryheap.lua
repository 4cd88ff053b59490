local heap = require "binaryheap"
local line, text = require("report").new()

function run()
  local h, seed = heap.minHeap(), 7
  for i = 1, 500 do
    seed = seed * 16807 % 2147483647
    h:insert(seed % 1000)
  end
  local sorted, last, ordered = {}, -1, true
  while h:peek() do
    local x = h:pop()
    ordered = ordered and x >= last
    last = x
    sorted[#sorted + 1] = x
  end
  line("sorted", ordered, #sorted, sorted[1], sorted[250], sorted[500])
  local u = heap.maxUnique()
  for i, name in ipairs{"a", "b", "c", "d"} do u:insert(i * 10, name) end
  u:update("a", 35)
  line("unique", u:peek(), u:peekValue(), u:valueByPayload("b"), u:size())
  line("removed", u:remove("c"))
  line("order", u:pop(), u:pop(), u:pop(), u:pop())
  local mine = heap.minHeap(function(a, b) return a.at < b.at end)
  for _, at in ipairs{3, 1, 2} do mine:insert{at = at} end
  line("mine", mine:pop(), mine:pop(), mine:pop())
  line("twice", pcall(function() local t = heap.minUnique() t:insert(1, "x") return t:insert(2, "x") end) and "allowed" or "refused")
  return text()
end
