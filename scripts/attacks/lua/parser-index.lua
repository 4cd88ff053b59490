-- attack: Load source that nests indices without end.
-- mechanism: parser / nested indices
-- limits: time=500ms memory=16M
-- expect: any of limit memory | exit | deadline
-- why: the parser is Go code without a bound of its own: what ends it is the bound on its stack or on memory
-- control: without=max-stack limits=time=60s memory=none expect answer "ended"

function run()
  pcall(loadstring, "return " .. ("a["):rep(150000))
  return "ended"
end
