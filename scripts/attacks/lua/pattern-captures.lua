-- attack: Match what was captured in all ways.
-- mechanism: pattern / back references
-- limits: time=200ms
-- expect: deadline
-- control: limits=time=60s expect answer "nil"

function run() return tostring(("a"):rep(500):find("(.*)(.*)%1%2b")) end
