// attack: has a native predicate called for nothing in a long array-like object
// mechanism: loop / native over a huge length, every
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.every.call({ length: 10e6 }, isNaN);
  return 'done';
}
