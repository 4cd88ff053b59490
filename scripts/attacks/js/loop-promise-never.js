// attack: returns a promise that nothing can settle
// mechanism: loop / promise that never settles
// expect: error can never settle
// control: none: nothing runs and nothing is waited for; the error is all there is to see

function run() {
  return new Promise(() => {});
}
