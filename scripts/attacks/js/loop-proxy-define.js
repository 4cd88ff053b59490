// attack: the trap defineProperty of a proxy does not end
// mechanism: loop / proxy defineProperty
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  Object.defineProperty(new Proxy({}, { defineProperty: () => !!spin() }), 'x', { value: 1, configurable: true });
  return 'done';
}
