-- attack: Decode text that is nested ten million times.
-- mechanism: json / nesting in json.decode
-- limits: memory=512M time=5s
-- expect: serialise
-- control: none: the bound on nesting is the serialiser's and cannot be changed

function run() return json.decode(("["):rep(1e7)) end
