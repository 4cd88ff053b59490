// attack: asks to be retired, again and again
// mechanism: protocol / worker.retire
// expect: answer "done"
// control: none: it is allowed

function run() {
  for (let i = 0; i < 1000; i++) worker.retire();
  return 'done';
}
