// attack: the trap getOwnPropertyDescriptor of a proxy does not end
// mechanism: loop / proxy getOwnPropertyDescriptor
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  Object.keys(new Proxy({ x: 1 }, { getOwnPropertyDescriptor: () => void spin() }));
  return 'done';
}
