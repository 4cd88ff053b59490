// attack: has functions parsed that are nested very deep
// mechanism: parser / new Function of nested arrow functions
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error SyntaxError | deadline
// why: the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return typeof new Function('return ' + '()=>'.repeat(1e6) + '1');
}
