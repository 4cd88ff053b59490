// attack: the trap construct of a proxy does not end
// mechanism: loop / proxy construct
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  new (new Proxy(class {}, { construct: () => (spin(), {}) }))();
  return 'done';
}
