// attack: has brackets parsed that are nested a million deep
// mechanism: parser / eval of nested brackets
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error SyntaxError | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  return eval('['.repeat(1e6) + ']'.repeat(1e6)).length;
}
