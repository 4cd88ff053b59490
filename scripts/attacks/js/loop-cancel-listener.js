// attack: the listener that is told of the call's cancellation does not end
// mechanism: loop / done.signal listener
// mode: async
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

function run(done) {
  done.signal.addEventListener('abort', () => {
    for (;;);
  });
  setTimeout(() => done('done'), 'echo' in host ? 300 : 1e6);
}
