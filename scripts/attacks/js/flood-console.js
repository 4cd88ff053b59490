// attack: logs 200 MB
// mechanism: flood / console.log
// limits: memory=32M time=1s
// expect: any of answer "done" | deadline
// why: how much can be logged in the time depends on the machine; none of it stays with the parent
// control: none: the records are taken as fast as they are made; memory-event-large shows what is refused

function run() {
  const text = 'x'.repeat(1e5);
  for (let i = 0; i < 2000; i++) console.log(text);
  return 'done';
}
