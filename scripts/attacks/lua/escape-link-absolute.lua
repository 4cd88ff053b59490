-- attack: Leave what was granted by a link to an absolute path.
-- mechanism: escape / absolute symbolic link
-- grants: read:$DIR/granted
-- expect: denied read
-- control: none: such links are refused whatever is granted beside what they are in

function run(_, dir) return io.open(dir .. "/granted/absolute"):read("*a") end
