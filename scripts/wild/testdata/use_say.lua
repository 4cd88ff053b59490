local say = require "say"
local line, text = require("report").new()

function run()
  say:set_namespace("en")
  say:set("money", "I have %s dollars, %d%% of %s")
  say:set("plain", "plain")
  say:set_namespace("de")
  say:set("plain", "schlicht")
  line("de", say("plain"), say("money", {5, 10, "all"}))
  say:set_fallback("en")
  line("fallback", say("money", {5.5, 10, "all"}), say("nothing"), say("money", {n = 3, 1, 2, nil}))
  say:set_namespace("en")
  line("en", say("plain"))
  return text()
end
