-- attack: End the process.
-- mechanism: escape / os.exit
-- expect: error attempt to call
-- control: none: there is no such function

function run() os.exit(0) end
