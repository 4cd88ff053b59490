// attack: makes a typed array whose size in bytes does not fit into an integer
// mechanism: memory / ArrayBuffer whose size overflows
// limits: memory=32M
// expect: any of limit memory | exit | error
// why: the virtual machine may refuse, run out of memory or panic
// control: none: no machine has so much memory

function run() {
  return new Float64Array(2 ** 53 - 1).length;
}
