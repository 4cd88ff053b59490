// attack: fills a set with different strings
// mechanism: memory / Set
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const s = new Set();
  for (let i = 0; i < 7e5; i++) s.add('number ' + i);
  return 'done';
}
