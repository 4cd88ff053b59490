-- attack: Match optional letters in exponentially many ways.
-- mechanism: pattern / a?a?...aa
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring(("a"):rep(19):find(("a?"):rep(20) .. ("a"):rep(19) .. "b")) end
