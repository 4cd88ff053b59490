// attack: joins 2^53-1 holes to a text
// mechanism: memory / native over a huge length, join
// limits: memory=32M time=1s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: no machine has so much memory; memory-array-push and others show the limit

function run() {
  return Array.prototype.join.call({ length: 2 ** 53 - 1 }, 'x');
}
