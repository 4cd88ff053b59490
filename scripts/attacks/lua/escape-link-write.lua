-- attack: Write through a link.
-- mechanism: escape / writing through a symbolic link
-- grants: read:$DIR/granted,write:$DIR/granted
-- expect: denied write
-- control: none: it would destroy what other attacks are after

function run(_, dir)
  local f = assert(io.open(dir .. "/granted/link", "w"))
  f:write("x")
  f:close()
  return "ESCAPED"
end
