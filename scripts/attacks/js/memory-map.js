// attack: fills maps until there is no more memory
// mechanism: memory / Map
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const m = new Map();
  for (let i = 0; i < 6e5; i++) m.set(i, { i });
  return 'done';
}
