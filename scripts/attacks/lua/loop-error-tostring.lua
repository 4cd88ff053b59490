-- attack: Never return from telling what the error is.
-- mechanism: loop / __tostring of an uncaught error
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect error told

function run()
  local stop = os.clock() + 0.6
  error(setmetatable({}, { __tostring = function()
    while os.clock() < stop do end
    return "told"
  end }))
end
