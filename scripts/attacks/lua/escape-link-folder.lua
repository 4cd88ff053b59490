-- attack: Leave what was granted by a link to a folder.
-- mechanism: escape / symbolic link to a folder
-- grants: read:$DIR/granted
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return io.open(dir .. "/granted/out/key"):read("*a") end
