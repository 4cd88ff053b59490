-- attack: Write into the parent's memory.
-- mechanism: escape / /proc/PID/mem
-- grants: read:/proc,write:/proc
-- expect: answer "safe"
-- control: none: what is in /proc is refused whatever is granted

function run()
  for pid = 1, 3 do
    local ok, f = pcall(io.open, "/proc/" .. worker.pid - pid .. "/mem", "r+")
    if ok and f then return "opened" end
  end
  return "safe"
end
