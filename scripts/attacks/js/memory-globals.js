// attack: fills the global object while the script is loaded
// mechanism: memory / globals at load
// limits: memory=32M
// expect: any of load limit memory | load deadline
// why: a slow machine does not get so far in the time that a start has
// control: limits=memory=1G start=60s expect answer "done"

for (let i = 0; i < 3e5; i++) globalThis['p' + i] = [i];

function run() {
  return 'done';
}
