// attack: keeps copies of a large array
// mechanism: memory / array slice
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const a = new Array(1e5).fill(1);
  const kept = [];
  for (let i = 0; i < 150; i++) kept.push(a.slice());
  return 'done';
}
