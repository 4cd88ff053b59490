// attack: throws an error with objects and errors as causes of each other, very deep
// mechanism: stack / errors inside objects inside errors
// limits: memory=256M time=2s
// expect: error last
// control: none: what is described of an error is bounded

function run() {
  let e = new Error('first');
  for (let i = 0; i < 5e4; i++) e = new Error('last', { cause: [e] });
  console.log(e);
  throw e;
}
