// attack: flattens a long array-like object without items, which no interrupt reaches
// mechanism: loop / native over a huge length, flat
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.flat.call({ length: 8e6 });
  return 'done';
}
