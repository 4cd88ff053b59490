// attack: has a format with very many verbs, each of which shows a large value
// mechanism: flood / format of console.log
// limits: memory=32M time=1s
// expect: any of limit memory | deadline | exit | limit payload
// why: how fast memory runs out depends on the machine
// control: none: it would be larger than all limits

function run() {
  const text = 'x'.repeat(1e4);
  console.log('%s'.repeat(1e5), ...new Array(1e5).fill(text));
  return 'done';
}
