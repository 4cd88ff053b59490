// attack: changes done of one call, which looks like that of all others
// mechanism: protocol / done shared between calls
// mode: async
// calls: 10
// expect: answer "safe"
// control: none: nothing of one call may stay in another's

function run(done) {
  done.leak = 'ESCAPED';
  done.fail = () => 'ESCAPED';
  Reflect.defineProperty(done, 'event', { value: () => 'ESCAPED' });
  setTimeout(() => done(done.leak || done.fail.name !== 'fail' ? 'ESCAPED' : 'safe'), 1);
}
