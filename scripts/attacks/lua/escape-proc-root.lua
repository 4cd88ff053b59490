-- attack: Leave /proc by its link to the root.
-- mechanism: escape / /proc/self/root
-- grants: read:/proc
-- expect: denied read
-- control: grants=read:$DIR expect answer "ESCAPED"

function run(_, dir) return io.open("/proc/self/root" .. dir .. "/secret/key"):read("*a") end
