-- attack: Catch what would end the loading.
-- mechanism: loop / top level of the script, in pcall
-- limits: start=500ms
-- expect: load deadline
-- control: limits=start=20s expect answer "ended"

local stop = os.clock() + 1.2
while os.clock() < stop do pcall(function() while os.clock() < stop do end end) end
function run() return "ended" end
