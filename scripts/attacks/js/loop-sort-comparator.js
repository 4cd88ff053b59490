// attack: a comparison function that does not end
// mechanism: loop / sort comparator
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  [2, 1].sort(() => (spin(), 1));
  return 'done';
}
