// attack: joins Buffers until there is no memory left
// mechanism: memory / Buffer
// limits: memory=32M time=5s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  let octets = Buffer.alloc(1024, 'x');
  while (octets.length < 256 * 2 ** 20) octets = Buffer.concat([octets, octets]);
  return 'done';
}
