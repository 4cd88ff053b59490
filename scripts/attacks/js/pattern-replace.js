// attack: a replacement by a regexp that takes polynomial time at each place
// mechanism: pattern / polynomial backtracking in replace
// limits: time=300ms
// expect: deadline
// control: none: it would take hours; pattern-backreference ends

function run() {
  return ('a'.repeat(1e5)).replace(/(?=a)a*a*a*b/g, '').length + '';
}
