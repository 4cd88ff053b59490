// attack: has templates parsed that are nested very deep
// mechanism: parser / nested templates
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error SyntaxError | deadline
// why: the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return eval('`${'.repeat(3e5) + '1' + '}`'.repeat(3e5)).length;
}
