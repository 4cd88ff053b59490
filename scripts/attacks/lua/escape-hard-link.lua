-- attack: Write to another name of a file that was not granted.
-- mechanism: escape / hard link
-- grants: read:$DIR/granted,write:$DIR/granted
-- expect: any of denied write | error
-- why: the file has several names
-- control: none: it would destroy what other attacks are after

function run(_, dir)
  local f = assert(io.open(dir .. "/granted/hard", "w"))
  f:write("x")
  f:close()
  return "ESCAPED"
end
