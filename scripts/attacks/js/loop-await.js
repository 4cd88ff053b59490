// attack: an await in a loop without end
// mechanism: loop / await
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

async function run() {
  end = Date.now() + 600;
  while (Date.now() < end) {
    try {
      await null;
    } finally {
      continue;
    }
  }
  return 'done';
}
