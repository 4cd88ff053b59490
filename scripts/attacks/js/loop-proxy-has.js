// attack: the trap has of a proxy, as the scope of a with, does not end
// mechanism: loop / proxy has, with
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
  with (new Proxy({}, { has: (target, name) => name === 'x' && !!spin(), get: () => 'done' })) {
    return x;
  }
}
