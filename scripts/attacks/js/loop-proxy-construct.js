// attack: the trap construct of a proxy does not end
// mechanism: loop / proxy construct
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
  new (new Proxy(class {}, { construct: () => (spin(), {}) }))();
  return 'done';
}
