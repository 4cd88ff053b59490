// attack: a finally that overrides the interruption with a continue
// mechanism: loop / continue in finally
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function run() {
  const end = Date.now() + 600;
  for (;;) {
    try {
      while (Date.now() < end);
    } finally {
      if (Date.now() < end) continue;
    }
    return 'done';
  }
}
