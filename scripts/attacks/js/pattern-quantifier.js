// attack: has a regexp compiled whose quantifiers multiply to a huge program
// mechanism: pattern / huge quantifiers
// limits: memory=32M time=1s
// expect: any of answer "safe" | error | deadline | limit memory | exit
// why: the regexp is refused, or given to the engine that does not expand it
// control: none: it is refused before any layer is needed

function run() {
  /((a{1000}){1000}){1000}/.test('a'.repeat(1e4));
  return 'safe';
}
