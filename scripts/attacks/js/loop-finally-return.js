// attack: a finally that swallows the interruption with a return, at every level
// mechanism: loop / return in finally
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function again(end) {
  try {
    while (Date.now() < end);
  } finally {
    return Date.now() < end ? again(end) : 'done';
  }
}

function run() {
  return again(Date.now() + span);
}
