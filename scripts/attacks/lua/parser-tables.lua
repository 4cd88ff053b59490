-- attack: Load source that nests table constructors without end.
-- mechanism: parser / nested tables
-- limits: time=2s
-- expect: any of answer "ended" | limit memory | exit | deadline
-- why: the parser is Go code without a bound of its own: what ends it is the bound on its stack or on memory
-- control: none: TODO

function run()
  pcall(loadstring, "return " .. ("{"):rep(1000000))
  return "ended"
end
