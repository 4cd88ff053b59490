-- attack: Compile a pattern that is millions of letters long.
-- mechanism: pattern / long pattern
-- limits: time=2s
-- expect: any of answer "ended" | limit memory | deadline
-- why: a compiled pattern takes many times its length
-- control: limits=memory=4G time=60s expect answer "ended"

function run()
  pcall(string.find, "a", ("a"):rep(2000000))
  pcall(string.find, "a", ("[a-z]"):rep(1000000))
  return "ended"
end
