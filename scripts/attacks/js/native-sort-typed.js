// attack: sorts a large typed array, which no interrupt reaches
// mechanism: loop / native sort
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  const a = new Float64Array(3e6);
  for (let i = 0, x = 1; i < a.length; i += 100) a[i] = x = (x * 16807) % 2147483647;
  for (let i = 0; i < 4; i++) a.reverse().sort();
  return 'done';
}
