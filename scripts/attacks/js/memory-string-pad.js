// attack: pads a string to a huge one in one step
// mechanism: memory / padStart
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  'x'.padStart(1 << 28).length;
  return 'done';
}
