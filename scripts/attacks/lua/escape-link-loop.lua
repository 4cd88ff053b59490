-- attack: Open a link to itself.
-- mechanism: escape / cycle of symbolic links
-- grants: read:$DIR/granted
-- expect: any of answer "safe" | denied read
-- why: it is an error of the system's or taken for a link that leads out
-- control: none: there is nothing behind it

function run(_, dir) return io.open(dir .. "/granted/loop") == nil and "safe" end
