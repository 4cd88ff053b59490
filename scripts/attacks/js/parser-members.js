// attack: has an expression parsed that reads a property of a property, a million times
// mechanism: parser / chain of members
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the stack, the memory or the time of the process is exhausted
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  const a = {};
  a.a = a;
  return typeof new Function('a', 'return a' + '.a'.repeat(1e6))(a);
}
