// attack: fills a WeakMap whose keys are kept alive by its values
// mechanism: memory / WeakMap
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const w = new WeakMap();
  let key = {};
  const first = key;
  for (let i = 0; i < 2.5e5; i++) {
    const next = {};
    w.set(key, next);
    key = next;
  }
  return w.has(first) ? 'done' : '';
}
