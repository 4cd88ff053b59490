// attack: answers with an object in which 2^27 paths lead to the same one
// mechanism: memory / shared objects as a result
// limits: memory=32M time=2s
// serialiser: json
// expect: any of limit memory | deadline | limit payload
// why: which one is less depends on the machine
// control: none: what it comes to is larger than all limits; memory-results shows that of the payload

function run() {
  let x = ['leaf'];
  for (let i = 0; i < 27; i++) x = [x, x];
  return x;
}
