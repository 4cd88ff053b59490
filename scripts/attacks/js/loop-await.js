// attack: an await in a loop without end
// mechanism: loop / await
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

async function run() {
  end = Date.now() + span;
  while (Date.now() < end) {
    try {
      await null;
    } finally {
      continue;
    }
  }
  return 'done';
}
