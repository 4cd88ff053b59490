-- attack: Load more source than there is memory.
-- mechanism: memory / source given to load
-- limits: time=5s
-- expect: limit memory
-- control: limits=memory=2G time=30s expect answer "ended"

function run()
  local n, piece = 0, "--" .. ("x"):rep(2 ^ 20) .. "\n"
  load(function()
    n = n + 1
    if n <= 100 then return piece end
  end)
  return "ended"
end
