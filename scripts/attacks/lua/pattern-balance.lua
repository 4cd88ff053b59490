-- attack: Look for balanced parentheses from each of many that open.
-- mechanism: pattern / %b()
-- limits: time=200ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring((("("):rep(40000):find("%b()"))) end
