-- attack: Match by trying all ways in which lazy repetitions can share a text.
-- mechanism: pattern / .-.-...b
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring(("a"):rep(130):find((".-"):rep(3) .. "b")) end
