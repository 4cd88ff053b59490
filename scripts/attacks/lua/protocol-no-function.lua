-- attack: Take the function away.
-- mechanism: protocol / function that is none
-- expect: any of load script | error
-- why: it may be looked up when it is called
-- control: none: there is nothing to call

run = setmetatable({}, { __call = "x" })
