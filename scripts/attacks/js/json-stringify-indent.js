// attack: has JSON indented that is nested deep, by as much as there may be
// mechanism: json / stringify with indentation
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let x = new Array(50).fill(0);
  for (let i = 0; i < 900; i++) x = [x, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  JSON.stringify(x, null, '          ').length;
  return 'done';
}
