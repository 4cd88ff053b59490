// attack: looks for a name along a prototype chain of a million objects
// mechanism: stack / prototype chain
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | answer "safe" | deadline
// why: what is reached first is the bound of the stack or that of memory, unless the chain is walked in a loop
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  let o = {};
  for (let i = 0; i < 1e6; i++) o = Object.create(o);
  return o.x === undefined ? 'safe' : '';
}
