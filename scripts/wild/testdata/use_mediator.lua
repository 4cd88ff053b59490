local mediator = require "mediator"()
local line, text = require("report").new()

function run()
  local got = {}
  local function note(name) return function(...) got[#got + 1] = name .. ":" .. table.concat({...}, ",") end end
  mediator:subscribe({"car"}, note "all")
  mediator:subscribe({"car", "door"}, note "door", {priority = 1})
  local second = mediator:subscribe({"car", "door"}, note "second")
  mediator:subscribe({"car", "door"}, note "picky", {predicate = function(x) return x == "open" end})
  mediator:publish({"car", "door"}, "open")
  mediator:publish({"car"}, "starts", 5)
  mediator:removeSubscriber(second.id, {"car", "door"})
  mediator:publish({"car", "door"}, "closed")
  line("got", got)
  mediator:subscribe({"x"}, function(...) return {...}, true end)
  line("results", mediator:publish({"x"}, 1, 2))
  return text()
end
