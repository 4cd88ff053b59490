// attack: doubles an array by concatenating it with itself
// mechanism: memory / array concat
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let a = [1, 2, 3, 4];
  for (let i = 0; i < 22; i++) a = a.concat(a);
  return 'done';
}
