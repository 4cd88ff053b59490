// attack: throws an error that is its own cause
// mechanism: stack / cyclic causes
// expect: error own cause
// control: none: how many causes are told is fixed

function run() {
  const e = new Error('own cause');
  e.cause = e;
  throw e;
}
