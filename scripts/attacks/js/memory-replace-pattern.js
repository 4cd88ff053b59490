// attack: replaces each character by many copies of what surrounds it
// mechanism: memory / replacement patterns
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  'x'.repeat(2e4).replace(/x/g, '$`$\'').length;
  return 'done';
}
