// attack: compares long texts by the rules of a language, which no interrupt reaches
// mechanism: loop / localeCompare
// limits: memory=64M time=100ms
// expect: deadline
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const text = 'é'.repeat(2e6);
  text.localeCompare(text + 'a');
  return 'done';
}
