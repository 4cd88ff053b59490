// attack: makes promises that nothing settles and that refer to each other
// mechanism: memory / pending promises
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const never = new Promise(() => {});
  for (let i = 0; i < 2e5; i++) never.then(() => i);
  return 'done';
}
