// attack: logs an object in which one long text is found a million times
// mechanism: flood / log record that grows while it is made
// limits: memory=32M time=1s
// expect: any of limit memory | deadline | exit
// why: how fast memory runs out depends on the machine
// control: none: it would be a terabyte

function run() {
  const text = 'x'.repeat(1e6);
  const wide = (x) => new Array(100).fill(x);
  console.log(wide(wide(wide(text))));
  return 'done';
}
