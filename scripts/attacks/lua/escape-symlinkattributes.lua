-- attack: Look at a link that was not granted.
-- mechanism: escape / lfs.symlinkattributes
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return lfs.symlinkattributes(dir .. "/granted/link", "mode") == "link" and "ESCAPED" end
