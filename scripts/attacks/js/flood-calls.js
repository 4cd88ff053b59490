// attack: keeps a thousand calls waiting
// mechanism: flood / calls without an answer
// mode: async
// calls: 500
// limits: time=300ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function run(done) {
  setTimeout(done, 700, 'done');
}
