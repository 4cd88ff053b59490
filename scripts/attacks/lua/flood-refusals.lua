-- attack: Ask for paths of a megabyte.
-- mechanism: flood / long paths
-- limits: time=300ms memory=256M
-- expect: deadline
-- control: limits=time=20s expect answer "ended"

function run()
  local stop, path = os.clock() + 0.8, "/" .. ("x"):rep(2 ^ 20)
  while os.clock() < stop do pcall(io.open, path) end
  return "ended"
end
