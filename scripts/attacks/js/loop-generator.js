// attack: a for-of over a generator without end
// mechanism: loop / generator
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function* forever() {
  try {
    while (Date.now() < end) yield 1;
  } finally {
    while (Date.now() < end) yield 2;
  }
}

function run() {
  end = Date.now() + span;
  for (const x of forever());
  return 'done';
}
