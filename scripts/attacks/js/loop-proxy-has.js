// attack: the trap has of a proxy, as the scope of a with, does not end
// mechanism: loop / proxy has, with
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  with (new Proxy({}, { has: (target, name) => name === 'x' && !!spin(), get: () => 'done' })) {
    return x;
  }
}
