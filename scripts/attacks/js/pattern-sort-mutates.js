// attack: changes the array while it is sorted
// mechanism: pattern / comparator that changes the array
// limits: memory=32M time=1s
// expect: any of answer "safe" | exit | error | deadline
// why: the virtual machine may panic, and is not used again then
// control: none: there is no layer that lets it see memory that is not its own

function run() {
  const a = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  a.sort((x, y) => ((a.length = 10), a.push({}), x - y));
  const t = new Uint8Array(1000).fill(1);
  t.sort((x, y) => (t.set([3], 0), y - x));
  return 'safe';
}
