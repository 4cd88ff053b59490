// attack: throws an error whose cause is an object that contains the error, which the host describes
// mechanism: stack / error inside its own cause
// expect: error in a circle
// control: none: what is described of an error is bounded

function run() {
  const e = new Error('in a circle');
  e.cause = { e };
  throw e;
}
