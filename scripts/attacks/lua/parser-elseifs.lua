-- attack: Load source that nests else-branches without end.
-- mechanism: parser / chain of elseif
-- limits: time=2s
-- expect: any of answer "ended" | limit memory | exit | deadline
-- why: the parser is Go code without a bound of its own: what ends it is the bound on its stack or on memory
-- control: none: TODO

function run()
  pcall(loadstring, "if a then " .. ("elseif a then "):rep(300000) .. "end")
  return "ended"
end
