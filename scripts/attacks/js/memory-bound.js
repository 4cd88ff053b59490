// attack: keeps functions that are bound to ever more arguments
// mechanism: memory / bound functions
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let f = () => {};
  const kept = [];
  for (let i = 0; i < 3000; i++) {
    f = f.bind(null, i);
    kept.push((f = Function.prototype.bind.apply(() => {}, new Array(4000).fill(i))));
  }
  return 'done';
}
