// attack: spreads an iterator that does not end into arguments
// mechanism: loop / spread
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
  const items = [1];
  items[Symbol.iterator] = function* () {
    yield spin();
  };
  return ((...all) => all[0])(...items);
}
