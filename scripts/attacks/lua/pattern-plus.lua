-- attack: Match by trying all ways in which classes can share a text.
-- mechanism: pattern / [ab]+[ab]+...c
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring((("ab"):rep(65):find(("[ab]+"):rep(3) .. "c"))) end
