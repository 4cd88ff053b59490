// attack: throws an error with ten thousand causes
// mechanism: stack / chain of causes
// limits: memory=256M time=2s
// expect: error last
// control: none: how many causes are told is fixed

function run() {
  let e = new Error('first');
  for (let i = 0; i < 1e4; i++) e = new Error('last', { cause: e });
  throw e;
}
