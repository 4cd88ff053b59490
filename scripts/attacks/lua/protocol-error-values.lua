-- attack: Throw values of each type.
-- mechanism: protocol / thrown values
-- calls: 8
-- expect: error
-- control: none: a script may fail as it likes

local values = { false, 1 / 0, {}, print, coroutine.create(print), io.stdout, setmetatable({}, { __tostring = error, __metatable = error }), json.null }
function run(n) error(values[tonumber(n)]) end
