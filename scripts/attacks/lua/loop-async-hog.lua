-- attack: Keep the other calls from running.
-- mechanism: loop / one call of several that does not wait
-- mode: async
-- calls: 4
-- limits: time=300ms
-- expect: deadline
-- why: the other calls cannot be answered either; they share a VM by their caller's choice
-- control: limits=time=20s expect answer "ended"

function run(done)
  local stop = os.clock() + 0.8
  while os.clock() < stop do pcall(function() while os.clock() < stop do end end) end
  done("ended")
end
