-- attack: Match each letter of a long text at a deeper level.
-- mechanism: pattern / depth of matching
-- limits: time=2s
-- expect: any of limit memory | exit
-- why: it is the bound on the stack or the one on memory that comes first
-- control: without=max-stack limits=time=60s memory=none expect answer "524288"

function run() return #("a"):rep(2 ^ 19):match(".+") end
