-- attack: Make a file that was not granted the standard input.
-- mechanism: escape / io.input
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) io.input(dir .. "/secret/key") return io.read("*a") end
