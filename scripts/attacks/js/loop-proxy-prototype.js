// attack: the trap getPrototypeOf of what is thrown does not end, when the host asks whether it is an Error
// mechanism: loop / proxy getPrototypeOf
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect error [Object: null prototype] {}

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

function run() {
  throw new Proxy({}, { getPrototypeOf: () => (spin(), null) });
}
