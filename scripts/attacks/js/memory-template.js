// attack: makes ever longer strings with templates
// mechanism: memory / template strings
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let s = 'xxxxxxxxx';
  for (let i = 0; i < 16; i++) s = `${s}${s}${s}`;
  return s.length > 1 ? 'done' : '';
}
