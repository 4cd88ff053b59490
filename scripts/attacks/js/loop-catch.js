// attack: catches the interruption of a loop and loops again
// mechanism: loop / catch around the loop
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
  for (;;) {
    try {
      return spin();
    } catch {
      continue;
    }
  }
}
