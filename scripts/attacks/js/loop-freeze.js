// attack: a result whose items change the array while it is exported
// mechanism: loop / array that grows while it is carried
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  const r = results();
  const item = () => ({
    get() {
      if (Date.now() < end) Object.defineProperty(r, r.length, item());
      while (Date.now() < end);
      return 'done';
    },
    configurable: true,
    enumerable: true,
  });
  Object.defineProperty(r, 0, item());
  return r;
}
