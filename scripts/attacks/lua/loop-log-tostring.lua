-- attack: Never return from telling a log record.
-- mechanism: loop / __tostring of a logged value
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  local evil = setmetatable({}, { __tostring = function() while os.clock() < stop do end return "x" end })
  log.info("record", { field = evil, [evil] = 1 })
  log.info(evil)
  return "ended"
end
