// attack: splits a text by a regexp that takes exponential time
// mechanism: pattern / split
// limits: time=300ms
// expect: deadline
// control: none: it would take longer than there is time; pattern-backreference ends

function run() {
  return ('a'.repeat(60) + 'b').split(/(?=a)(?:a|aa)+$/).length + '';
}
