// attack: wraps a BigInt to 2^53-1 bits, for which a native panics
// mechanism: stack / panic in a native, slice too long
// expect: any of exit | limit memory | error
// why: a virtual machine that panicked is not used again, and the panic is no concern of the host's
// control: none: no machine has so much memory

function run() {
  return typeof BigInt.asUintN(Number.MAX_SAFE_INTEGER, -1n);
}
