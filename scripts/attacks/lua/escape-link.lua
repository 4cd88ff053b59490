-- attack: Leave what was granted by a link.
-- mechanism: escape / relative symbolic link
-- grants: read:$DIR/granted
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return io.open(dir .. "/granted/link"):read("*a") end
