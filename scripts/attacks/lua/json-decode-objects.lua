-- attack: Decode objects that are nested a million times.
-- mechanism: json / nested objects in json.decode
-- limits: memory=512M time=5s
-- expect: serialise
-- control: none: the bound on nesting is the serialiser's and cannot be changed

function run() return json.decode(('{"":'):rep(1e6)) end
