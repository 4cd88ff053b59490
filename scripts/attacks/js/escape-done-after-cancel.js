// attack: answers, fails and sends events after its call was cancelled
// mechanism: protocol / done after the cancellation
// mode: async
// limits: time=200ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

function run(done) {
  done.signal.onabort = () => {
    for (const f of [() => done('ESCAPED'), () => done.fail('ESCAPED'), () => done.event('ESCAPED'), () => results('ESCAPED')]) f();
  };
  setTimeout(done, 'echo' in host ? 300 : 1e6, 'done');
}
