-- attack: Retire again and again.
-- mechanism: protocol / worker.retire
-- calls: 4
-- expect: answer "ended"
-- control: none: it says the same each time

function run()
  for _ = 1, 1000 do worker.retire() end
  return "ended"
end
