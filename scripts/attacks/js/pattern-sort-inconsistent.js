// attack: sorts with a comparison function that contradicts itself
// mechanism: pattern / inconsistent comparator
// limits: time=2s
// expect: answer "10000"
// control: none: a sort makes a bounded number of comparisons, which nothing switches off

function run() {
  let x = 1;
  const random = () => (x = (x * 16807) % 2147483647);
  const a = Array.from({ length: 1e4 }, random);
  a.sort(() => (random() % 3) - 1);
  a.sort(() => NaN);
  a.sort(() => -1);
  return a.filter((item) => item > 0).length;
}
