// attack: pushes items to an array until there is no more memory
// mechanism: memory / array that grows
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const a = [];
  for (let i = 0; i < 5e6; i++) a.push(i);
  return 'done';
}
