-- attack: Leave a call without an answer.
-- mechanism: loop / done that is never called
-- mode: async
-- limits: time=200ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run(done)
  timer.after(0.6, function() done("ended") end)
end
