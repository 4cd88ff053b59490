// attack: reverses a long array-like object without items, which no interrupt reaches
// mechanism: loop / native over a huge length, reverse
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.reverse.call({ length: 12e6 });
  return 'done';
}
