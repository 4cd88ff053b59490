-- attack: List a folder that was not granted.
-- mechanism: escape / lfs.dir
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) for name in lfs.dir(dir .. "/secret") do if name == "key" then return "ESCAPED" end end end
