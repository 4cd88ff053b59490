// attack: the trap ownKeys of a proxy does not end, called by a log record's fields
// mechanism: loop / proxy ownKeys
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

function run() {
  log.info('keys', new Proxy({}, { ownKeys: () => (spin(), []) }));
  return 'done';
}
