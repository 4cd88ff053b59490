local cli = require "cliargs"
local line, text = require("report").new()

function run()
  cli:set_name("prog")
  cli:set_description("does things")
  cli:argument("INPUT", "the input file")
  cli:option("-o, --output=FILE", "the output file", "a.out")
  cli:option("--level=N", "how much", 3, function(key, value) if not tonumber(value) then return nil, "no number: " .. value end end)
  cli:flag("-v, --[no-]verbose", "says more", true)
  cli:splat("REST", "others", nil, 3)
  for _, args in ipairs{{"in"}, {"-o", "x", "in", "a", "b"}, {"--no-verbose", "--level=5", "in"}, {}, {"--level=x", "in"}, {"--nothing", "in"}, {"in", "a", "b", "c", "d"}, {"--output", "in"}} do
    line(table.concat(args, " "), cli:parse(args, true))
  end
  line("help", select(2, cli:parse({"--help"}, true)))
  return text()
end
