-- attack: Use up the memory while loading.
-- mechanism: memory / top level of the script
-- limits: start=5s
-- expect: load limit memory
-- control: limits=memory=1G start=20s time=20s expect answer "ended"

local s = "x"
for _ = 1, 27 do s = s .. s end
function run() return "ended" end
