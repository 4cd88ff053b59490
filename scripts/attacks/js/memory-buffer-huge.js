// attack: makes an ArrayBuffer of 2^40 bytes
// mechanism: memory / ArrayBuffer beyond all memory
// limits: memory=32M
// expect: any of limit memory | exit | error
// why: the virtual machine may refuse, run out of memory or panic
// control: none: no machine has so much memory

function run() {
  return new ArrayBuffer(2 ** 40).byteLength;
}
