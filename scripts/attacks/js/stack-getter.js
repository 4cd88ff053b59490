// attack: a getter that reads itself
// mechanism: stack / recursion through getters
// limits: time=5s
// expect: any of error Maximum call stack size exceeded | limit memory
// why: the levels take the memory of the process, too
// control: limits=memory=none time=60s expect error Maximum call stack size exceeded

function run() {
  const o = { get x() { return this.x; } };
  return o.x;
}
