-- attack: Make and remove a folder.
-- mechanism: escape / lfs.mkdir and lfs.rmdir
-- expect: denied write
-- control: grants=write:$DIR expect answer "ESCAPED"

function run(_, dir)
  assert(lfs.mkdir(dir .. "/granted/made"))
  assert(lfs.rmdir(dir .. "/granted/made"))
  return "ESCAPED"
end
