// attack: the Symbol.species of an array makes its result for ever
// mechanism: loop / Symbol.species
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  class Endless extends Array {
    static get [Symbol.species]() {
      spin();
      return Array;
    }
  }
  Endless.of(1).map((x) => x);
  return 'done';
}
