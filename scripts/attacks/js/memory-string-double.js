// attack: doubles a string until there is no more memory
// mechanism: memory / string doubling
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let s = 'x';
  while (s.length < 1 << 27) s += s;
  return 'done';
}
