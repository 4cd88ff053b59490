-- attack: Send events of a call that has been answered.
-- mechanism: protocol / event after the answer
-- mode: async
-- expect: answer "answered"
-- control: none: such events are refused by the VM and the worker end

function run(done)
  local send = done.event
  done("answered")
  for _ = 1, 100 do pcall(send, "late") end
  timer.after(0, function() send("later") end)
end
