// attack: a regexp with a backreference that takes exponential time
// mechanism: pattern / backreference
// limits: time=200ms
// expect: deadline
// control: limits=time=120s expect answer "done"

function run() {
  for (let i = 0; i < 3; i++) /^(?:(a+)+)+\1c$/.test('a'.repeat(22));
  return 'done';
}
