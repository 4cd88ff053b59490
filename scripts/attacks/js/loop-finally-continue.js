// attack: a finally that overrides the interruption with a continue
// mechanism: loop / continue in finally
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function run() {
  const end = Date.now() + span;
  for (;;) {
    try {
      while (Date.now() < end);
    } finally {
      if (Date.now() < end) continue;
    }
    return 'done';
  }
}
