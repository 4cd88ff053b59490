// attack: a script with a constant expression that the compiler folds to a BigInt of 2^40 bits
// mechanism: parser / constant folding
// limits: memory=32M
// expect: any of load limit memory | load exit
// why: the process may run out of memory or panic
// control: none: no machine has so much memory

function run() {
  return typeof (1n << (1n << 40n));
}
