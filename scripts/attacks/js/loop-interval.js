// attack: many intervals whose callbacks keep the worker busy
// mechanism: loop / setInterval
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  return new Promise((resolve) => {
    for (let i = 0; i < 1000; i++) {
      setInterval(() => Date.now() > end && resolve('done'), 1);
    }
  });
}
