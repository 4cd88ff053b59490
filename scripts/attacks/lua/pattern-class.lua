-- attack: Compile a class of millions of letters.
-- mechanism: pattern / large class
-- limits: time=1s memory=16M
-- expect: any of limit memory | deadline
-- why: a compiled pattern takes many times its length
-- control: limits=memory=4G time=60s expect answer "ended"

function run()
  pcall(string.find, "a", "[" .. ("bc"):rep(1000000) .. "]")
  return "ended"
end
