// attack: a promise that waits for itself
// mechanism: loop / promise resolved with itself
// expect: error self-resolution
// control: none: the language itself refuses it

function run() {
  let resolve;
  const p = new Promise((r) => (resolve = r));
  resolve(p);
  return p;
}
