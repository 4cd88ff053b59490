// attack: setImmediate calls that make the next one
// mechanism: loop / setImmediate chain
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  return new Promise((resolve) => {
    const tick = () => (Date.now() < end ? setImmediate(tick) : resolve('done'));
    tick();
  });
}
