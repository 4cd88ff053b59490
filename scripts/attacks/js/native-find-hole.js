// attack: has a native predicate called for a hole, with which the virtual machine panics
// mechanism: stack / panic in a native, nil value
// expect: any of exit | answer "safe" | deadline
// why: a virtual machine that panicked is not used again, and the panic is no concern of the host's
// control: none: it is a defect of the virtual machine; there is no layer that hides it

function run() {
  Array.prototype.find.call({ length: 1 }, isNaN);
  return 'safe';
}
