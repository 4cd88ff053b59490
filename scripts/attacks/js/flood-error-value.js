// attack: throws a value whose JSON is larger than a frame may be
// mechanism: flood / huge thrown value
// limits: memory=256M time=5s payload=1M
// expect: error xxx
// why: the value is left out
// control: none: there is no parent that takes frames of any size

function run() {
  throw new Array(16).fill('x'.repeat(1 << 20));
}
