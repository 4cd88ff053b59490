// attack: compiles new functions without end, all of which are kept
// mechanism: parser / flood of new Function
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const kept = [];
  for (let i = 0; i < 1e5; i++) kept.push(new Function('a', `return a + ${i}`));
  return 'done';
}
