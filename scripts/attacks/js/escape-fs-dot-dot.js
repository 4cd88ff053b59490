// attack: leaves a granted folder by .. in all its spellings
// mechanism: escape / path traversal
// grants: read:$DIR/granted
// expect: answer "safe"
// control: grants=read:$DIR/secret expect answer "read"

function run(n, dir) {
  const g = dir + '/granted';
  const paths = [g + '/../secret/key', g + '/folder/../../secret/key', g + '/./../secret/key', g + '//..//secret//key', g + '/folder/./../.././secret/key', dir + '/granted/../granted/../secret/key', g + '/file/../../secret/key'];
  for (const path of paths) {
    try {
      if (require('fs').readFileSync(path, 'utf8')) return 'read';
    } catch (e) {
      if (e.kind !== 'denied' && !e.code) return 'other: ' + e;
    }
  }
  return 'safe';
}
