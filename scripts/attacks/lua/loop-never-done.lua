-- attack: Leave a call without an answer.
-- mechanism: loop / done that is never called
-- mode: async
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run(done)
  timer.after(2, function() done("ended") end)
end
