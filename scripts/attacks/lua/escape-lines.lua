-- attack: Read the lines of a file that was not granted.
-- mechanism: escape / io.lines
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) for line in io.lines(dir .. "/secret/key") do return line end end
