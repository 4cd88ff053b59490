// attack: pads a string to a length beyond that of any string
// mechanism: memory / a string longer than there can be
// limits: memory=32M
// expect: any of limit memory | exit | error
// why: the virtual machine may refuse, run out of memory or panic
// control: none: no machine has so much memory

function run() {
  return 'x'.padEnd(2 ** 53 - 1).length;
}
