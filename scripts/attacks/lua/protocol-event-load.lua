-- attack: Send an event before the worker is ready.
-- mechanism: protocol / event while loading
-- expect: load script ready
-- control: none: such events are refused whatever the limits are

event("early")
function run() return "loaded" end
