local inspect = require "inspect"
local line, text = require("report").new()

function run()
  line("scalars", inspect(1), inspect(-1.5), inspect("a'b"), inspect('a"b'), inspect(true), inspect(nil), inspect("\n\0\127x"))
  line("lists", inspect({}), inspect({1, 2, 3}), inspect({{1}, {2, {3}}}))
  line("objects", inspect({a = 1, ["b c"] = 2, [10] = "x", [true] = false}))
  line("mixed", inspect({1, "two", x = {y = {z = {}}}}))
  local cycle = {name = "c"}
  cycle.self = cycle
  line("cycle", inspect(cycle))
  local shared = {"s"}
  line("shared", inspect({shared, shared}))
  line("metatable", inspect(setmetatable({1}, {__index = {k = 2}})))
  line("options", inspect({a = {b = {c = 1}}}, {depth = 1}), inspect({1, {2}}, {newline = "@", indent = ">"}))
  line("process", inspect({a = 1, password = "secret"}, {process = function(item, path)
    if path[#path] ~= "password" then return item end
  end}))
  line("functions", (inspect({print, print, coroutine.create(function() end)}):gsub("%d+", "N")))
  local big = {}
  for i = 1, 300 do big["key" .. i] = {i, tostring(i)} end
  line("big", #inspect(big))
  return text()
end
