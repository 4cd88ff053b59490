// attack: writes an object that contains itself as JSON
// mechanism: json / stringify of a cycle
// expect: error circular
// control: none: the language itself refuses it

function run() {
  const o = {};
  o.o = [o];
  return JSON.stringify(o);
}
