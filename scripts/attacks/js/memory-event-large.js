// attack: sends an event with more octets than a frame may have
// mechanism: memory / event beyond the payload limit
// limits: memory=128M time=5s payload=1M
// expect: limit payload
// control: limits=payload=16M expect answer "done"

function run() {
  event('x'.repeat(4 << 20));
  return 'done';
}
