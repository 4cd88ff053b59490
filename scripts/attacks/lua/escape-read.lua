-- attack: Read a file that was not granted.
-- mechanism: escape / io.open
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return io.open(dir .. "/secret/key"):read("*a") end
