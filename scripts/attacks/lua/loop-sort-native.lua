-- attack: Keep the VM in Go code that looks at no interrupt.
-- mechanism: loop / table.sort of many numbers
-- limits: time=100ms memory=512M
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

local t = {}
for i = 1, 600000 do t[i] = i * 7919 % 600011 end
function run()
  table.sort(t)
  return "ended"
end
