// attack: splits a long string into its characters
// mechanism: memory / String.prototype.split
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  'x'.repeat(12e6).split('').length;
  return 'done';
}
