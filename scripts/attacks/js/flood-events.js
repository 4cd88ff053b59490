// attack: sends a million events
// mechanism: flood / events
// limits: time=1s
// expect: any of answer "done" | deadline
// why: how many can be sent in the time depends on the machine; none of them stays with the parent
// control: limits=time=60s expect answer "done"

function run() {
  for (let i = 0; i < 2e5; i++) event('x', i);
  return 'done';
}
