-- attack: Load source that nests operators with one operand without end.
-- mechanism: parser / chain of unary operators
-- limits: time=2s
-- expect: any of answer "ended" | limit memory | exit | deadline
-- why: the parser is Go code without a bound of its own: what ends it is the bound on its stack or on memory
-- control: none: TODO

function run()
  pcall(loadstring, "return " .. ("not "):rep(1000000) .. "1")
  return "ended"
end
