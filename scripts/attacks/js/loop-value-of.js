// attack: a valueOf that does not end, called for a timer's delay
// mechanism: loop / valueOf
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  setTimeout(() => {}, { valueOf: () => (spin(), 1) });
  return 'done';
}
