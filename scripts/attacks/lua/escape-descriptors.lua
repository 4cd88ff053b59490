-- attack: Open descriptors by their numbers.
-- mechanism: escape / descriptors 0 to 9 in /dev/fd
-- grants: read:/dev,write:/dev,read:/proc,write:/proc
-- expect: answer "safe"
-- control: none: what is in /proc is refused whatever is granted

function run()
  for fd = 0, 9 do
    for _, path in ipairs { "/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/" } do
      for _, mode in ipairs { "r", "w" } do
        local ok, f = pcall(io.open, path .. fd, mode)
        if ok and f then return "opened", path .. fd end
      end
    end
  end
  return "safe"
end
