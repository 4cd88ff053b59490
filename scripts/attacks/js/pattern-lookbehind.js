// attack: a regexp with a lookbehind that takes exponential time
// mechanism: pattern / lookbehind
// limits: time=300ms
// expect: deadline
// control: none: it would take longer than there is time; pattern-backreference ends

function run() {
  return String(/(?<!b)(?:a|aa)+$/.test('a'.repeat(60) + 'b'));
}
