-- attack: Call a function of the host's that was not given.
-- mechanism: escape / host functions
-- expect: error does not exist
-- control: grants=host: expect answer "ESCAPED"

function run() return host.secret() end
