// attack: a native that calls itself without a function of the script in between
// mechanism: stack / recursion of natives only
// limits: memory=256M time=2s
// expect: any of exit | limit memory | error | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: it has no end

function run() {
  const o = {};
  Object.defineProperty(o, 'x', { get: Reflect.get.bind(null, o, 'x') });
  return o.x;
}
