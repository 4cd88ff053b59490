-- attack: Write a file that was not granted.
-- mechanism: escape / io.open for writing
-- expect: denied write
-- control: grants=write:$DIR expect answer "ESCAPED"

function run(_, dir)
  local f = assert(io.open(dir .. "/granted/folder/written", "w"))
  f:write("x")
  f:close()
  return "ESCAPED"
end
