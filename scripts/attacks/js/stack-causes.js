// attack: throws an error with a million causes
// mechanism: stack / chain of causes
// limits: memory=256M time=5s
// expect: error last
// control: none: how many causes are told is fixed

function run() {
  let e = new Error('first');
  for (let i = 0; i < 1e5; i++) e = new Error('last', { cause: e });
  throw e;
}
