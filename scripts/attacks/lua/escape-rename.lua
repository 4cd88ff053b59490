-- attack: Move a secret to where it may be read.
-- mechanism: escape / os.rename
-- grants: read:$DIR/granted,write:$DIR/granted
-- expect: denied write
-- control: grants=read:$DIR,write:$DIR expect answer "ESCAPED"

function run(_, dir)
  assert(os.rename(dir .. "/secret/spare", dir .. "/granted/moved"))
  local text = io.open(dir .. "/granted/moved"):read("*a")
  assert(os.rename(dir .. "/granted/moved", dir .. "/secret/spare"))
  return text
end
