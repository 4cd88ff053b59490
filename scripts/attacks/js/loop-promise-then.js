// attack: a chain of then that never lets anything else run
// mechanism: loop / promise reactions starve the worker
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  return new Promise((resolve) => {
    const tick = () => (Date.now() < end ? Promise.resolve().then(tick) : resolve('done'));
    tick();
  });
}
