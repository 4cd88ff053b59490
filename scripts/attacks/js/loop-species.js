// attack: the Symbol.species of an array makes its result for ever
// mechanism: loop / Symbol.species
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
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
