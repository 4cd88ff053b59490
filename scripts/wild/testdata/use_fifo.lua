local fifo = require "fifo"
local line, text = require("report").new()

function run()
  local q = fifo("a", "b")
  q:push("c")
  line("length", q:length(), q:peek(), q:peek(3), q:peek(4))
  q:insert(2, "x")
  line("inserted", q:peek(1), q:peek(2), q:peek(3), q:peek(4))
  line("removed", q:remove(2), q:length())
  line("popped", q:pop(), q:pop(), q:pop(), q:length())
  line("empty", (pcall(q.pop, q)))
  q:setempty(function() return "nothing" end)
  line("setempty", q:pop())
  line("field", (pcall(function() q.x = 1 end)))
  for i = 1, 1000 do q:push(i) end
  local sum = 0
  for _ = 1, 1000 do sum = sum + q:pop() end
  line("sum", sum)
  return text()
end
