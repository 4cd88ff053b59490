// attack: the trap get of a proxy does not end
// mechanism: loop / proxy get
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  return new Proxy({}, { get: spin }).x;
}
