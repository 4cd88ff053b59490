-- attack: Catch the lack of memory and go on.
-- mechanism: memory / allocations in pcall
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=1G time=20s expect answer "ended"

function run()
  for _ = 1, 10 do
    pcall(function()
      local s = "x"
      for _ = 1, 27 do s = s .. s end
    end)
  end
  return "ended"
end
