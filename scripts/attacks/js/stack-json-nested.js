// attack: writes arrays that are nested a million deep as JSON
// mechanism: json / stringify of deep nesting
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  let a = [];
  for (let i = 0; i < 1e6; i++) a = [a];
  return JSON.stringify(a).length;
}
