-- attack: Match each letter of a long text at a deeper level.
-- mechanism: pattern / depth of matching
-- limits: time=500ms
-- expect: any of answer "ended" | limit memory | exit | deadline
-- why: it is the matcher's stack, its time or its memory that ends first
-- control: limits=time=60s memory=1G expect answer "ended"

function run()
  local s = ("a"):rep(3000)
  pcall(string.find, s, "(a-)$")
  pcall(string.match, s, ("a?"):rep(1000) .. ".-b")
  return "ended"
end
