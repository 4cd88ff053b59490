// attack: writes an object as JSON in which 2^28 paths lead to the same one, which no interrupt reaches
// mechanism: json / stringify of shared objects
// limits: memory=32M time=1s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: what it comes to is larger than all limits; json-stringify-indent shows that of memory

function run() {
  let x = {};
  for (let i = 0; i < 28; i++) x = [x, x];
  return JSON.stringify(x).length;
}
