// attack: makes an array from an object that says it has very many items
// mechanism: memory / Array.from of an array-like
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: limits=memory=none time=60s expect answer "done"

function run() {
  Array.from({ length: 6e6 });
  return 'done';
}
