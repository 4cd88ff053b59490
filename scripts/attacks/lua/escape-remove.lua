-- attack: Remove a file.
-- mechanism: escape / os.remove
-- grants: read:$DIR
-- expect: denied write
-- control: grants=write:$DIR expect answer "nil"

function run(_, dir)
  local _, message = os.remove(dir .. "/granted/missing")
  return tostring(message and nil)
end
