-- attack: Have very many host calls under way at once.
-- mechanism: flood / outstanding host calls
-- mode: async
-- grants: host:
-- limits: time=2s memory=256M
-- expect: any of answer "ended" | limit | error | deadline
-- why: a parent may bound how many there are
-- control: none: what is under way is counted by the parent, and ends

function run(done)
  local left = 20000
  for _ = 1, left do
    timer.after(0, function()
      host.echo("x")
      left = left - 1
      if left == 0 then done("ended") end
    end)
  end
end
