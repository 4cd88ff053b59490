-- attack: Stay in the handler of an error.
-- mechanism: loop / handler of xpcall
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop = os.clock() + 0.6
  xpcall(error, function() while os.clock() < stop do end end)
  return "ended"
end
