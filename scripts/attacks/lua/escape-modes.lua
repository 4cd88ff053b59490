-- attack: Open a file for writing by an odd mode.
-- mechanism: escape / modes of io.open
-- grants: read:$DIR/granted
-- expect: answer "safe"
-- control: none: a mode that can be written with needs the grant for it

function run(_, dir)
  for _, mode in ipairs { "w", "a", "r+", "w+", "a+", "rw", "wr", "rb+", "r+b", "wb", "ab+", "x", "", "R", "\0w", "r\0w" } do
    local ok, f = pcall(io.open, dir .. "/granted/file", mode)
    if ok and f then
      local wrote = pcall(f.write, f, "x") and f:close()
      if wrote and io.open(dir .. "/granted/file"):read("*a") ~= "granted" then return "ESCAPED", mode end
    end
  end
  return "safe"
end
