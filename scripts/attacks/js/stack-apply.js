// attack: recursion through Function.prototype.apply, which is native
// mechanism: stack / recursion through apply and Reflect
// limits: time=5s
// expect: any of error Maximum call stack size exceeded | limit memory
// why: the levels take the memory of the process, too
// control: limits=memory=none time=60s expect error Maximum call stack size exceeded

function run(...args) {
  return Reflect.apply(Function.prototype.call, run, [null, ...args]);
}
