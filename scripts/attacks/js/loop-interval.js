// attack: many intervals whose callbacks keep the worker busy
// mechanism: loop / setInterval
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  return new Promise((resolve) => {
    for (let i = 0; i < 1000; i++) {
      setInterval(() => Date.now() > end && resolve('done'), 1);
    }
  });
}
