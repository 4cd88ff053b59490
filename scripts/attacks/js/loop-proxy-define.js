// attack: the trap defineProperty of a proxy does not end
// mechanism: loop / proxy defineProperty
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
  Object.defineProperty(new Proxy({}, { defineProperty: () => !!spin() }), 'x', { value: 1, configurable: true });
  return 'done';
}
