// attack: has classes parsed that extend classes that extend classes
// mechanism: parser / nested classes
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return typeof eval('(class extends '.repeat(2e5) + 'null' + '{})'.repeat(2e5));
}
