// attack: moves the holes of a long array-like object, which no interrupt reaches
// mechanism: loop / native over a huge length, unshift
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.unshift.call({ length: 8e6 }, 1);
  return 'done';
}
