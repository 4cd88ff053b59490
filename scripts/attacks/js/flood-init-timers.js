// attack: starts timers while it is loaded that keep the worker busy for good
// mechanism: flood / intervals from the top level
// mode: async
// limits: time=300ms
// expect: any of answer "done" | deadline
// why: the call gets its turn between the timers or not
// control: none: an interval never ends

for (let i = 0; i < 100; i++) {
  setInterval(() => {
    const end = Date.now() + 5;
    while (Date.now() < end);
  }, 1);
}

function run(done) {
  done('done');
}
