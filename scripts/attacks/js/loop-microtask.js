// attack: queueMicrotask calls that never let anything else run
// mechanism: loop / queueMicrotask starves the worker
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  return new Promise((resolve) => {
    const tick = () => (Date.now() < end ? queueMicrotask(tick) : resolve('done'));
    tick();
  });
}
