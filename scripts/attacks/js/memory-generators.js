// attack: keeps suspended generators, each with a stack of its own
// mechanism: memory / suspended generators
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function* g(...args) {
  yield args;
}

function run() {
  const kept = [];
  for (let i = 0; i < 2e5; i++) {
    const it = g(i, i, i, i);
    it.next();
    kept.push(it);
  }
  return 'done';
}
