// attack: a regexp with named groups that refer back to each other and that takes exponential time
// mechanism: pattern / named groups
// limits: time=300ms
// expect: deadline
// control: none: it would take longer than there is time; pattern-backreference ends

function run() {
  return String(/^(?<x>(?<y>a+)+)+\k<y>\k<x>!$/.test('a'.repeat(60)));
}
