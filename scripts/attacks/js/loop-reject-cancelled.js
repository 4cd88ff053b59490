// attack: never looks at its cancellation and answers with nothing
// mechanism: loop / done is never called
// mode: async
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

function run(done) {
  setTimeout(done, 'echo' in host ? 300 : 1e6, 'done');
  done.cancelled = () => false;
}
