// attack: a comparison function that does not end
// mechanism: loop / sort comparator
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
  [2, 1].sort(() => (spin(), 1));
  return 'done';
}
