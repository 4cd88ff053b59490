local argparse = require "argparse"
local line, text = require("report").new()

function run()
  local p = argparse("prog", "Does things.", "See the manual.")
  p:argument("input", "Input file.")
  p:argument("rest"):args "*"
  p:option("-o --output", "Output file.", "a.out")
  p:option("-l --level"):convert(tonumber)
  p:option("-c --color"):choices{"red", "green"}
  p:option("-I --include"):count "*":argname "<dir>"
  p:flag("-v --verbose", "Says more."):count "0-2":target "verbosity"
  p:mutex(p:flag "-q --quiet", p:flag "--loud")
  line("usage", p:get_usage())
  line("help", p:get_help())
  for _, args in ipairs{
    {"in"}, {"in", "a", "b", "-o", "x"}, {"-vv", "in"}, {"--level=3", "in"}, {"-Ia", "-I", "b", "in"}, {"--", "-in"},
    {}, {"in", "--level", "x"}, {"in", "-c", "blue"}, {"in", "-q", "--loud"}, {"in", "--outptu", "x"}, {"-vvv", "in"}, {"in", "-o"},
  } do
    line(table.concat(args, " "), p:pparse(args))
  end
  local git = argparse "git"
  git:command_target "command"
  local add = git:command "add a"
  add:argument "path":args "+"
  add:flag "-n"
  git:command "commit":option "-m":count(1)
  line("commands", git:pparse{"a", "-n", "x", "y"})
  line("commit", git:pparse{"commit", "-m", "text"})
  line("missing", git:pparse{"commit"})
  line("unknown", git:pparse{"comit"})
  line("git", git:get_help())
  return text()
end
