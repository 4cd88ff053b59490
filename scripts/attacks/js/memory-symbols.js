// attack: registers symbols, which are never forgotten
// mechanism: memory / Symbol.for
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  for (let i = 0; i < 7e5; i++) Symbol.for('symbol ' + i);
  return 'done';
}
