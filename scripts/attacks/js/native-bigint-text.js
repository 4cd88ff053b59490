// attack: writes a BigInt of a million digits out, and reads it, again and again
// mechanism: loop / BigInt to text and back
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  const x = 3n ** BigInt(15e5);
  for (let i = 0; i < 2; i++) BigInt(x.toString());
  return 'done';
}
