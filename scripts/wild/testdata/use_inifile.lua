local inifile = require "inifile"
local line, text = require("report").new()

local source = [[
; a comment
[section]
name = some text
number = 42
float = 1.5
yes = true
no = false
empty =
# another comment
[other section]
key_with_lines = x
path = /a/b=c
]]

function run()
  local parsed = inifile.parse(source, "memory")
  line("parsed", parsed)
  parsed.section.number = 43
  parsed.new = {a = "b"}
  local saved = inifile.save("x", parsed, "memory")
  line("saved", inifile.parse(saved, "memory"))
  return text()
end
