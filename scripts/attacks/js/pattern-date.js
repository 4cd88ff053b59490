// attack: has very long dates parsed
// mechanism: pattern / Date.parse
// expect: answer "done"
// control: none: the parser takes linear time, which nothing switches off

function run() {
  const texts = ['1'.repeat(1e6), '2020-' + '01-'.repeat(3e5), 'T'.repeat(1e6), ' '.repeat(1e6) + '2020'];
  for (const text of texts) Date.parse(text);
  return 'done';
}
