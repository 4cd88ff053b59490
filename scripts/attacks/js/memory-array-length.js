// attack: sets the lengths of arrays to the largest there is and fills one
// mechanism: memory / Array constructor and fill
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: no such array fits into a machine's memory; memory-array-push shows the limit

function run() {
  return new Array(2 ** 32 - 1).fill(1).length;
}
