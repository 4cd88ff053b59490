// attack: many calls whose cancellation listeners all loop, each for a moment
// mechanism: loop / many done.signal listeners
// mode: async
// calls: 40
// limits: time=150ms
// expect: any of deadline | exit
// why: the worker is killed when the first of them does not end within the grace period
// control: grants=host: limits=time=20s expect answer "done"

function run(done) {
  done.signal.onabort = () => {
    const end = Date.now() + 200;
    while (Date.now() < end);
  };
  setTimeout(() => done('done'), 'echo' in host ? 300 : 1e6);
}
