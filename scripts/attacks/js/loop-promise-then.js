// attack: a chain of then that never lets anything else run
// mechanism: loop / promise reactions starve the worker
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  return new Promise((resolve) => {
    const tick = () => (Date.now() < end ? Promise.resolve().then(tick) : resolve('done'));
    tick();
  });
}
