// attack: exponential regexps in many calls at once
// mechanism: pattern / backtracking in concurrent calls
// mode: async
// calls: 20
// limits: time=300ms
// expect: any of deadline | exit
// why: the worker is killed for the first of them
// control: none: it would take longer than there is time; pattern-backreference ends

function run(done) {
  done(/(?=a)(a+)+$/.test('a'.repeat(60) + 'b'));
}
