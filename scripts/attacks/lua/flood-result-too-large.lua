-- attack: Answer with more than may be.
-- mechanism: flood / payload of an answer
-- expect: limit payload
-- control: limits=payload=64M memory=512M time=20s expect answer *

function run() return ("x"):rep(8 * 2 ^ 20) end
