// attack: logs a record that is larger than a frame may be
// mechanism: flood / a log record beyond the payload limit
// limits: memory=256M time=5s payload=1M
// expect: answer "done"
// why: the record is cut
// control: none: there is no parent that takes frames of any size

function run() {
  console.log('x'.repeat(16 << 20));
  return 'done';
}
