// attack: a getter that does not end, read by the serialisation of the results
// mechanism: loop / getter
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const r = results('x');
  Object.defineProperty(r, 0, { get: spin });
  return r;
}
