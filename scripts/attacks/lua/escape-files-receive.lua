-- attack: Receive a file that nobody passed.
-- mechanism: escape / files.receive
-- limits: time=200ms
-- expect: any of deadline | error
-- why: it waits until the parent says that there is none
-- control: none: the parent passes none

function run() return files.receive():read("*a") end
