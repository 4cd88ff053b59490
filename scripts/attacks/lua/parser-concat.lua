-- attack: Load source that nests concatenations without end.
-- mechanism: parser / chain of concatenations
-- limits: time=2s
-- expect: any of answer "ended" | limit memory | exit | deadline
-- why: the parser is Go code without a bound of its own: what ends it is the bound on its stack or on memory
-- control: none: TODO

function run()
  pcall(loadstring, "return 1" .. (" ..1"):rep(1000000))
  return "ended"
end
