// attack: a for-of over a generator without end
// mechanism: loop / generator
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function* forever() {
  try {
    while (Date.now() < end) yield 1;
  } finally {
    while (Date.now() < end) yield 2;
  }
}

function run() {
  end = Date.now() + 600;
  for (const x of forever());
  return 'done';
}
