// attack: searches a long array-like object from its end, which no interrupt reaches
// mechanism: loop / native over a huge length, lastIndexOf
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.lastIndexOf.call({ length: 12e6 }, 1);
  return 'done';
}
