-- attack: Never stop setting timers that are due.
-- mechanism: loop / timers that set timers
-- mode: async
-- limits: time=100ms
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run(done)
  local stop = os.clock() + 0.6
  local function again()
    if os.clock() > stop then done("ended") else timer.after(0, again) end
  end
  again()
end
