-- attack: Match slowly in pcall, again and again.
-- mechanism: pattern / backtracking in pcall in a loop
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

function run()
  for _ = 1, 3 do pcall(string.find, ("a"):rep(120), ("a*"):rep(3) .. "b") end
  return "ended"
end
