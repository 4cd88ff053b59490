// attack: answers and goes on looping, so that the next call never starts
// mechanism: loop / after the answer
// mode: async
// calls: 2
// limits: time=150ms
// expect: any of answer "done" | deadline
// why: the first call is answered at once, the second is behind the loop
// control: limits=time=20s expect answer "done"

function run(done) {
  done('done');
  const end = Date.now() + 600;
  while (Date.now() < end);
}
