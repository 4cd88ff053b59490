// attack: squares a BigInt until there is no more memory, or time
// mechanism: memory / BigInt multiplication
// limits: memory=32M time=1s
// expect: any of limit memory | deadline
// why: which one is less depends on the machine
// control: none: it grows without end; memory-bigint-power shows the limit

function run() {
  let x = 3n;
  for (;;) x *= x;
}
