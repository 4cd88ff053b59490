-- attack: Read the environment of the parent.
-- mechanism: escape / /proc
-- grants: read:/
-- expect: any of answer "safe" | denied read | error
-- why: nothing in /proc is opened even where everything is granted
-- control: none: /proc is refused whatever is granted

function run(_, dir)
  for _, path in ipairs { "/proc/self/environ", "/proc/self/mem", "/proc/1/environ", "/proc/thread-self/environ", "/dev/fd/0", "/proc/self/cwd/x", "/proc/../proc/self/maps", dir .. "/granted/environ" } do
    local ok, f = pcall(io.open, path)
    if ok and f then return "opened", path end
  end
  return "safe"
end
