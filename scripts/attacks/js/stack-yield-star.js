// attack: a generator that delegates to itself, which the virtual machine does not count
// mechanism: stack / recursion through yield*
// limits: time=1s
// expect: any of exit | limit memory | error | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: it has no end

function* down() {
  yield* down();
}

function run() {
  return down().next().value;
}
