// attack: makes a Set of an iterator without end whose items are all the same
// mechanism: loop / native that consumes an iterator
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  const next = () => ({ value: 1, done: Date.now() > end });
  new Set({ [Symbol.iterator]: () => ({ next }) });
  return 'done';
}
