-- attack: Make a temporary file.
-- mechanism: escape / os.tmpname
-- expect: denied write
-- control: none: a temporary file is of no harm where writing is granted

function run() return os.tmpname() end
