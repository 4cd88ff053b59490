// attack: raises a BigInt to a power of some hundred megabytes
// mechanism: memory / BigInt power
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const x = 2n ** BigInt(2 ** 30);
  return typeof x === 'bigint' ? 'done' : '';
}
