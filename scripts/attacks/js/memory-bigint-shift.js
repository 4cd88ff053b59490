// attack: shifts a BigInt by 2^40 bits
// mechanism: memory / BigInt shift
// limits: memory=32M
// expect: any of limit memory | exit | error
// why: the virtual machine may refuse, run out of memory or panic
// control: none: no machine has so much memory

function run() {
  return typeof (1n << BigInt(2 ** 40));
}
