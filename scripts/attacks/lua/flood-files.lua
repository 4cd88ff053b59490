-- attack: Open files without closing them.
-- mechanism: flood / open files
-- grants: read:$DIR/granted
-- limits: time=3s
-- expect: answer "safe"
-- control: none: how many files a worker may have open cannot be changed

function run(_, dir)
  local open = {}
  for i = 1, 2000 do
    local ok, f = pcall(io.open, dir .. "/granted/file")
    if not ok or not f then return i > 10 and "safe" end
    open[i] = f
  end
  return "safe"
end
