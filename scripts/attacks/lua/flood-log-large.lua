-- attack: Log a record that is larger than a payload may be.
-- mechanism: flood / payload of a log record
-- limits: memory=256M time=3s
-- expect: any of answer "ended" | limit payload | error
-- why: a record that is too large is cut or refused
-- control: limits=payload=64M memory=1G time=20s expect answer "ended"

function run()
  log.info(("x"):rep(8 * 2 ^ 20))
  return "ended"
end
