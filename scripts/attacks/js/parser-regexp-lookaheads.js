// attack: has a regexp compiled whose lookaheads are nested very deep, which is for the backtracking engine
// mechanism: parser / nesting in a regexp, backtracking engine
// limits: memory=64M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the regexp is refused, or the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return typeof new RegExp('(?='.repeat(2e6) + ')'.repeat(2e6)).exec('');
}
