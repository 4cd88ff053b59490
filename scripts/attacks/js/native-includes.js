// attack: looks for an item in a long array-like object, which no interrupt reaches
// mechanism: loop / native over a huge length, includes
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.includes.call({ length: 12e6 }, 1);
  return 'done';
}
