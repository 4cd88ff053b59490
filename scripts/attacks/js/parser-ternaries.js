// attack: has a conditional parsed whose branches are nested very deep
// mechanism: parser / nested conditionals
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error SyntaxError | deadline
// why: the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return eval('0?0:'.repeat(1e6) + '"x"');
}
