-- attack: Leave what was granted by "..".
-- mechanism: escape / .. in a path
-- grants: read:$DIR/granted
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return io.open(dir .. "/granted/folder/../../secret/key"):read("*a") end
