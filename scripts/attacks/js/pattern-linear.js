// attack: the classical exponential regexp, without anything that needs the backtracking engine
// mechanism: pattern / nested quantifiers, RE2
// expect: answer "false"
// control: none: the engine takes linear time, which nothing switches off

function run() {
  return /^(a+)+$/.test('a'.repeat(1e5) + 'b');
}
