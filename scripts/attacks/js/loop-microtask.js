// attack: queueMicrotask calls that never let anything else run
// mechanism: loop / queueMicrotask starves the worker
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  return new Promise((resolve) => {
    const tick = () => (Date.now() < end ? queueMicrotask(tick) : resolve('done'));
    tick();
  });
}
