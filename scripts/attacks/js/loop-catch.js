// attack: catches the interruption of a loop and loops again
// mechanism: loop / catch around the loop
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
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
