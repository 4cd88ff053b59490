// attack: an iterator whose return, called at a break, does not end
// mechanism: loop / iterator close
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
  const iterable = {
    [Symbol.iterator]: () => ({
      next: () => ({ value: 1, done: false }),
      return: () => (spin(), {}),
    }),
  };
  for (const x of iterable) break;
  return 'done';
}
