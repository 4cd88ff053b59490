// attack: throws an error whose message is larger than a frame may be
// mechanism: flood / huge error message
// limits: memory=256M time=5s payload=1M
// expect: error bytes more)
// why: the message is cut
// control: none: there is no parent that takes frames of any size

function run() {
  throw new Error('x'.repeat(16 << 20));
}
