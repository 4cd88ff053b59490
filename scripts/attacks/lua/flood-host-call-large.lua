-- attack: Pass a function of the host's more than may be.
-- mechanism: flood / payload of a host call
-- grants: host:
-- limits: memory=256M time=3s
-- expect: limit payload
-- control: limits=payload=64M memory=1G time=20s expect answer "8388608"

function run() return #host.echo(("x"):rep(8 * 2 ^ 20)) end
