// attack: moves a secret into a granted folder, and the folder over the secret
// mechanism: escape / rename
// grants: read:$DIR/granted,write:$DIR/granted
// expect: answer "safe"
// control: none: it would change the files of the other attacks

function run(n, dir) {
  const fs = require('fs');
  const tries = [[dir + '/secret/key', dir + '/granted/stolen'], [dir + '/secret', dir + '/granted/folder'], [dir + '/granted/file', dir + '/secret/key'], [dir + '/granted', dir + '/other'], [dir + '/granted/out/key', dir + '/granted/stolen']];
  for (const [from, to] of tries) {
    try {
      fs.renameSync(from, to);
      return 'ESCAPED';
    } catch (e) {
      if (e.kind !== 'denied' && !e.code) return 'other: ' + e;
    }
  }
  return 'safe';
}
