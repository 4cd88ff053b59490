// attack: keeps five hundred calls waiting
// mechanism: flood / calls without an answer
// mode: async
// calls: 500
// limits: time=300ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

function run(done) {
  setTimeout(done, 'echo' in host ? 400 : 1e6, 'done');
}
