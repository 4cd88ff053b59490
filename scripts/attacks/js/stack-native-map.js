// attack: recursion through natives that call back
// mechanism: stack / recursion through Array.prototype.map
// limits: time=300ms
// expect: any of error Maximum call stack size exceeded | deadline | limit memory
// why: unwinding as many levels takes a time that grows with the square of their number
// control: limits=memory=none time=60s expect error Maximum call stack size exceeded

function run() {
  return [1].map(run);
}
