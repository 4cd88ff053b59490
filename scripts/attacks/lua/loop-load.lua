-- attack: Never finish loading.
-- mechanism: loop / top level of the script
-- limits: start=500ms
-- expect: load deadline
-- control: limits=start=20s expect answer "ended"

local stop = os.clock() + 1.2
while os.clock() < stop do end
function run() return "ended" end
