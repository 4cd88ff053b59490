// attack: opens a FIFO, a device and procfs through what was granted, which could block or never end
// mechanism: escape / special files
// grants: read:$DIR/granted,read:/proc,read:/dev,read:/sys
// expect: answer "safe"
// control: none: these are refused whatever is granted

function run(n, dir) {
  const paths = [dir + '/granted/fifo', dir + '/granted/zero', '/dev/zero', '/proc/self/environ', '/proc/self/mem', '/proc/self/fd/3', '/proc/1/environ', '/dev/fd/0', '/dev/stdin', '/sys/kernel/uevent_seqnum', '/proc/self/root/etc/passwd'];
  for (const path of paths) {
    try {
      return 'ESCAPED ' + path + require('fs').readFileSync(path, 'utf8').length;
    } catch (e) {
      if (e.kind !== 'denied' && !e.code) return 'other: ' + e;
    }
  }
  return 'safe';
}
