// attack: sends events of some megabytes as fast as it can
// mechanism: flood / large events
// limits: time=1s
// expect: any of answer "done" | deadline
// why: how many can be sent in the time depends on the machine; none of them stays with the parent
// control: limits=time=60s expect answer "done"

function run() {
  const text = 'x'.repeat(1 << 20);
  for (let i = 0; i < 100; i++) event(text);
  return 'done';
}
