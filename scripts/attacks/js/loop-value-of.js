// attack: a valueOf that does not end, called for a timer's delay
// mechanism: loop / valueOf
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
  setTimeout(() => {}, { valueOf: () => (spin(), 1) });
  return 'done';
}
