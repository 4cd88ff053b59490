// attack: spreads an iterator that does not end into arguments
// mechanism: loop / spread
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
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
