// attack: answers twice, and after having failed
// mechanism: protocol / done called twice
// mode: async
// calls: 10
// expect: answer "first"
// control: none: the worker end forgets a call with its first answer

function run(done) {
  done('first');
  let thrown = 0;
  for (const f of [() => done('ESCAPED'), () => done.fail('ESCAPED'), () => done.event('ESCAPED')]) {
    try {
      f();
    } catch {
      thrown++;
    }
  }
  if (thrown < 3) throw new Error('ESCAPED');
}
