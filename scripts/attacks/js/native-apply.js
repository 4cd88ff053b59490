// attack: calls a function with as many arguments as there is no memory for
// mechanism: memory / Function.prototype.apply of an array-like
// limits: memory=32M time=2s
// expect: any of limit memory | deadline | exit | error
// why: the virtual machine may refuse, run out of memory or panic
// control: limits=memory=none time=60s expect any of answer "done" | exit | limit memory | error

function run() {
  Math.max.apply(null, { length: 5e6 });
  return 'done';
}
