// attack: names files by everything that is not a plain path
// mechanism: escape / file URLs, octets, numbers and NUL as paths
// grants: read:$DIR/granted
// expect: answer "safe"
// control: none: there is no path that these could mean

function run(n, dir) {
  const fs = require('fs');
  const paths = ['file://' + dir + '/secret/key', new Uint8Array([47, 101, 116, 99]), { href: 'file:///etc/passwd', protocol: 'file:' }, dir + '/granted/file\0/../../secret/key',
    dir + '/secret/key\0', '', '\\\\?\\' + dir, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, null, undefined, [dir + '/secret/key'], new String(dir + '/secret/key'), { toString: () => dir + '/secret/key' }, '~/x', '$HOME', dir + '/granted/\udc80'];
  for (const path of paths) {
    for (const f of [() => fs.readFileSync(path), () => fs.readdirSync(path), () => fs.statSync(path), () => fs.writeFileSync(path, 'x'), () => fs.renameSync(path, dir + '/granted/y')]) {
      try {
        f();
        return 'ESCAPED ' + String(path);
      } catch (e) {
        if (e.kind !== 'denied' && !e.code) return 'other: ' + String(path) + e;
      }
    }
  }
  return 'safe';
}
