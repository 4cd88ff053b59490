-- attack: Answer with very many values.
-- mechanism: flood / number of results
-- limits: time=2s
-- expect: any of answer * | limit payload | error
-- why: as many as a function can return fit the payload
-- control: none: the bound on a thread's registers cannot be changed

function run() return unpack({ 1, 2 }, 1, 2) end
