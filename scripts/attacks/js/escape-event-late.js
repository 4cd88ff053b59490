// attack: sends events after its answer, from timers and promises
// mechanism: protocol / event after the answer
// expect: answer "done"
// control: none: the worker end knows no call to send them for

function run() {
  setTimeout(() => event('ESCAPED'), 1);
  Promise.resolve().then(() => setTimeout(() => event('ESCAPED'), 2));
  return 'done';
}
