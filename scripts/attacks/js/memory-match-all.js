// attack: collects millions of matches
// mechanism: memory / matches of a global regexp
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  'x'.repeat(2e6).match(/x/g).length;
  return 'done';
}
