// attack: removes an item in front of many holes, which no interrupt reaches
// mechanism: loop / native over a huge length, splice
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  Array.prototype.splice.call({ length: 8e6 }, 0, 1);
  return 'done';
}
