-- attack: Fail in timers without end.
-- mechanism: flood / errors in timers
-- mode: async
-- limits: time=500ms
-- expect: any of error again | answer "ended"
-- why: an error in a timer ends the call that set it
-- control: none: a script may fail as it likes

function run(done)
  for _ = 1, 1000 do timer.every(0, function() error("again") end) end
  timer.after(0.3, function() done("ended") end)
end
