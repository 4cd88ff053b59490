// attack: fills an array-like object of 2^53-1 items
// mechanism: memory / native over a huge length, fill
// limits: memory=32M time=1s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: no machine has so much memory; memory-array-push and others show the limit

function run() {
  return Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 1);
}
