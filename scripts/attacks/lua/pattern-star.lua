-- attack: Match by trying all ways in which stars can share a text.
-- mechanism: pattern / a*a*...b
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring(("a"):rep(130):find(("a*"):rep(3) .. "b")) end
