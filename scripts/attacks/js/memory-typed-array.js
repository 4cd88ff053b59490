// attack: makes typed arrays of 256 MiB and touches them
// mechanism: memory / typed array
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  new Uint8Array(256 * 2 ** 20).fill(1);
  return 'done';
}
