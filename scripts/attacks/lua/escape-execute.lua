-- attack: Run a program.
-- mechanism: escape / os.execute
-- expect: error attempt to call
-- control: none: there is no such function

function run() return os.execute("echo ESCAPED") end
