// attack: a regexp with a lookahead, so that it is for the backtracking engine, that takes exponential time
// mechanism: pattern / nested quantifiers, backtracking
// limits: time=300ms
// expect: deadline
// control: none: it would take longer than there is time; pattern-backreference ends

function run() {
  return String(/(?=a)(a+)+$/.test('a'.repeat(60) + 'b'));
}
