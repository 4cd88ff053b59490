-- attack: Match optional letters in exponentially many ways.
-- mechanism: pattern / a?a?...aa
-- limits: time=200ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring(("a"):rep(22):find(("a?"):rep(23) .. ("a"):rep(22) .. "b")) end
