// attack: a getter that does not end, read by the serialisation of the results
// mechanism: loop / getter
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
  const r = results('x');
  Object.defineProperty(r, 0, { get: spin });
  return r;
}
