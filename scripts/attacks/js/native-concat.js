// attack: concatenates an array-like object of very many holes
// mechanism: loop / native over a huge length, concat with isConcatSpreadable
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  [].concat({ length: 8e6, [Symbol.isConcatSpreadable]: true });
  return 'done';
}
