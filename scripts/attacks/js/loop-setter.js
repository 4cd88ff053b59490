// attack: a setter that does not end, called by Object.assign
// mechanism: loop / setter
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
  Object.assign({ set x(v) { spin(); } }, { x: 1 });
  return 'done';
}
