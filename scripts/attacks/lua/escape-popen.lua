-- attack: Run a program and read from it.
-- mechanism: escape / io.popen
-- expect: error attempt to call
-- control: none: there is no such function

function run() return io.popen("echo ESCAPED"):read("*a") end
