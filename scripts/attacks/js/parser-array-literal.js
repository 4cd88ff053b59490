// attack: has an array literal of millions of items compiled
// mechanism: parser / huge literal
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: limits=memory=none time=60s expect answer "done"

function run() {
  new Function('return [' + '1,'.repeat(8e5) + ']');
  return 'done';
}
