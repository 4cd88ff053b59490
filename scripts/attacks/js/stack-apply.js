// attack: recursion through Function.prototype.apply, which is native
// mechanism: stack / recursion through apply and Reflect
// limits: time=300ms
// expect: any of error Maximum call stack size exceeded | deadline | limit memory
// why: unwinding as many levels takes a time that grows with the square of their number
// control: none: how deep calls may be nested is fixed in the virtual machine; stack-native-map shows that it is the time that ends it

function run(...args) {
  return Reflect.apply(Function.prototype.call, run, [null, ...args]);
}
