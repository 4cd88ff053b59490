// attack: gives one object a million properties
// mechanism: memory / properties
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const o = {};
  for (let i = 0; i < 7e5; i++) o['p' + i] = i;
  return 'done';
}
