// attack: a setter that does not end, called by Object.assign
// mechanism: loop / setter
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  Object.assign({ set x(v) { spin(); } }, { x: 1 });
  return 'done';
}
