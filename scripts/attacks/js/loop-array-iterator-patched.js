// attack: puts an endless iterator on Array.prototype, which destructuring and bindings may use
// mechanism: loop / patched Symbol.iterator
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

Array.prototype[Symbol.iterator] = function* () {
  yield spin();
};

function run() {
  const [a] = [1];
  return a;
}
