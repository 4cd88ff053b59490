local colors = require "ansicolors"
local line, text = require("report").new()

function run()
  line("colors", colors("%{red}hello%{reset} %{bright underline blue redbg}x"), colors.noReset("%{green}y"))
  line("unknown", (pcall(colors, "%{purple}x")))
  return text()
end
