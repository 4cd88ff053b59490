-- attack: Answer with a list of a million values.
-- mechanism: flood / length of a list in the answer
-- serialiser: json
-- limits: time=3s memory=256M payload=1M
-- expect: limit payload
-- control: limits=payload=64M time=20s expect answer *

function run()
  local t = {}
  for i = 1, 1e6 do t[i] = i end
  return t
end
