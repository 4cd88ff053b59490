// attack: has a regexp compiled whose groups are nested very deep
// mechanism: parser / nesting in a regexp, RE2
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the regexp is refused, or the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return typeof new RegExp('('.repeat(5e5) + ')'.repeat(5e5)).exec('');
}
