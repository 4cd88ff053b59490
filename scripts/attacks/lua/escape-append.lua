-- attack: Add to a file that may only be read.
-- mechanism: escape / io.open for appending
-- grants: read:$DIR
-- expect: denied write
-- control: grants=write:$DIR expect answer "ESCAPED"

function run(_, dir)
  local f = assert(io.open(dir .. "/granted/appended", "a"))
  f:write("x")
  f:close()
  return "ESCAPED"
end
