-- attack: Fail again and again, in calls side by side.
-- mechanism: flood / errors
-- calls: 200
-- limits: time=5s
-- expect: error again
-- control: none: a script may fail as it likes

function run() error(("again"):rep(1000)) end
