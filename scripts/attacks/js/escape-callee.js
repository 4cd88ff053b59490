// attack: walks up the callers of a function to the host's
// mechanism: escape / caller and callee
// expect: answer "safe"
// control: none: there are no such properties in this virtual machine

function run() {
  let f = arguments.callee;
  for (let i = 0; i < 10; i++) {
    try {
      f = f.caller;
    } catch {
      return 'safe';
    }
    if (f === undefined || f === null) return 'safe';
  }
  return 'ESCAPED';
}
