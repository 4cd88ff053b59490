-- attack: Guess at file handles of the parent's.
-- mechanism: escape / forged files
-- expect: answer "safe"
-- control: none: files are objects of the VM's that scripts cannot make

function run()
  for _, forged in ipairs { {}, { id = 1 }, setmetatable({}, { __index = io.stdout }), newproxy(true), 1, "1" } do
    for _, method in ipairs { "read", "write", "lines", "seek", "close" } do
      local ok, x = pcall(io.stdout[method], forged, "*a")
      if ok and x then return "ESCAPED" end
    end
  end
  return "safe"
end
