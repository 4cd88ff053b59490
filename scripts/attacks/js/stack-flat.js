// attack: flattens an array that contains itself
// mechanism: stack / flat of a cyclic array
// limits: time=1s
// expect: any of exit | limit memory | error | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: it has no end

function run() {
  const a = [];
  a.push(a);
  return a.flat(Infinity).length;
}
