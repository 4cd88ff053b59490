// attack: recursion through natives that call back
// mechanism: stack / recursion through Array.prototype.map
// limits: time=5s
// expect: any of error Maximum call stack size exceeded | limit memory
// why: the levels take the memory of the process, too
// control: limits=memory=none time=60s expect error Maximum call stack size exceeded

function run() {
  return [1].map(run);
}
