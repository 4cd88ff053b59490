-- attack: Keep the VM in Go code that looks at no interrupt.
-- mechanism: loop / table.sort of many numbers
-- limits: time=300ms memory=512M
-- expect: deadline
-- control: limits=time=60s expect answer "ended"

local t = {}
for i = 1, 1000000 do t[i] = i * 7919 % 1000003 end
function run()
  table.sort(t)
  return "ended"
end
