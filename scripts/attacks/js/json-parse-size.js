// attack: parses JSON that takes much more memory as values than as text
// mechanism: json / parse of many small values
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time
// control: limits=memory=none time=60s expect answer "done"

function run() {
  JSON.parse('[' + '{},'.repeat(4e5) + '{}]').length;
  return 'done';
}
