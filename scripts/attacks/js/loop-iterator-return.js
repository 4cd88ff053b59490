// attack: an iterator whose return, called at a break, does not end
// mechanism: loop / iterator close
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const iterable = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: 1, done: false }),
      return: () => (spin(), {}),
    }),
  };
  for (const x of iterable) break;
  return 'done';
}
