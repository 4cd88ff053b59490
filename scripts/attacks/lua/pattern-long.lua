-- attack: Compile a pattern that is millions of letters long.
-- mechanism: pattern / long pattern
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: a compiled pattern takes many times its length
-- control: limits=memory=4G time=60s expect answer "ended"

function run()
  pcall(string.find, "a", ("a"):rep(500000))
  pcall(string.find, "a", ("[a-z]"):rep(250000))
  return "ended"
end
