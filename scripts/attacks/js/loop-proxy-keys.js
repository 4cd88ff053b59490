// attack: the trap ownKeys of a proxy does not end, called by a log record's fields
// mechanism: loop / proxy ownKeys
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  log.info('keys', new Proxy({}, { ownKeys: () => (spin(), []) }));
  return 'done';
}
