-- attack: Turn a function into bytecode.
-- mechanism: escape / string.dump
-- expect: error
-- control: none: gopher-lua cannot do it

function run() return string.dump(run) end
