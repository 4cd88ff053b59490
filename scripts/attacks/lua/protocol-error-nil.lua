-- attack: Throw nothing.
-- mechanism: protocol / thrown nil
-- expect: error
-- control: none: a script may fail as it likes

function run() error() end
