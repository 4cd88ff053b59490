// attack: a class whose field makes another one of it
// mechanism: stack / recursion through constructors
// limits: time=5s
// expect: any of error Maximum call stack size exceeded | limit memory
// why: the levels take the memory of the process, too
// control: limits=memory=none time=60s expect error Maximum call stack size exceeded

function run() {
  class A {
    next = new A();
  }
  return new A();
}
