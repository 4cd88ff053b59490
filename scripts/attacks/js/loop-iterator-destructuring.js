// attack: an iterator whose next does not end, in a destructuring
// mechanism: loop / destructuring
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const [a] = { [Symbol.iterator]: () => ({ next: () => ({ value: spin(), done: false }) }) };
  return a;
}
