-- attack: Throw a value that is larger than a payload may be.
-- mechanism: flood / value of an error
-- limits: memory=256M time=3s
-- expect: any of error | limit payload
-- why: an error that is too large is cut or refused
-- control: limits=payload=64M memory=1G time=20s expect error

function run() error({ text = ("x"):rep(8 * 2 ^ 20) }) end
