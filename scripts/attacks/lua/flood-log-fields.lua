-- attack: Log records with many fields without end.
-- mechanism: flood / fields of log records
-- limits: time=300ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop, fields = os.clock() + 0.8, {}
  for i = 1, 1000 do fields["field " .. i] = i end
  while os.clock() < stop do log.error("x", fields) end
  return "ended"
end
