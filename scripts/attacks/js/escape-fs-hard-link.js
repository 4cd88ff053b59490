// attack: writes to a file that has another name outside of what is granted
// mechanism: escape / hard links
// grants: read:$DIR/granted,write:$DIR/granted
// expect: answer "safe"
// control: none: files with several names are not written to, whatever is granted

function run(n, dir) {
  for (const write of [() => require('fs').writeFileSync(dir + '/granted/hard', 'x'), () => require('fs').appendFileSync(dir + '/granted/hard', 'x')]) {
    try {
      write();
      return 'ESCAPED';
    } catch (e) {
      if (e.kind !== 'denied' && !e.code) return 'other: ' + e;
    }
  }
  return 'safe';
}
