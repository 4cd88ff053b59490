// attack: follows links out of a granted folder
// mechanism: escape / symbolic links
// grants: read:$DIR/granted
// expect: answer "safe"
// control: grants=read:$DIR/secret expect answer "read"

function run(n, dir) {
  for (const name of ['link', 'absolute', 'out/key', 'loop', 'environ', 'zero']) {
    try {
      if (require('fs').readFileSync(`${dir}/granted/${name}`, 'utf8')) return 'read';
    } catch (e) {
      if (e.kind !== 'denied' && !e.code) return 'other: ' + e;
    }
  }
  return 'safe';
}
