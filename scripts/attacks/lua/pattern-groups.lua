-- attack: Nest captures without end.
-- mechanism: pattern / nested captures
-- limits: time=2s
-- expect: any of limit memory | exit
-- why: the parser of patterns has no bound of its own: what ends it is the bound on its stack or on memory
-- control: none: it depends on nothing that can be switched off alone

function run()
  pcall(string.find, "a", ("("):rep(1000000) .. (")"):rep(1000000))
  pcall(string.find, "a", ("()"):rep(1000000))
  return "ended"
end
