// attack: lists the indexes of a long string as strings
// mechanism: memory / property names of a string object
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  Object.getOwnPropertyNames(new String('x'.repeat(5e6))).length;
  return 'done';
}
