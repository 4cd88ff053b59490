// attack: keeps errors, each with its traceback
// mechanism: memory / stacks of errors
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function deep(n) {
  return n > 0 ? deep(n - 1) : new Error('deep');
}

function run() {
  const kept = [];
  for (let i = 0; i < 2e4; i++) kept.push(deep(100));
  return 'done';
}
