// attack: parses JSON that is nested a million deep
// mechanism: json / parse of deep nesting
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the parser refuses it, or the stack of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return JSON.parse('['.repeat(2e6) + ']'.repeat(2e6)).length;
}
