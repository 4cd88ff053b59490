-- attack: Look at a file that was not granted.
-- mechanism: escape / lfs.attributes
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return lfs.attributes(dir .. "/secret/key", "size") == 7 and "ESCAPED" end
