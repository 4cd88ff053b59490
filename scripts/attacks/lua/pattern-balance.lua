-- attack: Look for balanced parentheses from each of many that open.
-- mechanism: pattern / %b()
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring((("("):rep(20000):find("%b()"))) end
