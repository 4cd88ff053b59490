// attack: reads what was not granted by promises, many at once
// mechanism: escape / fs.promises
// expect: answer "safe"
// control: grants=read:$DIR/secret expect answer "read"

async function run(n, dir) {
  const { readFile, readdir, access } = require('fs').promises;
  const all = await Promise.allSettled([readFile(dir + '/secret/key'), readdir(dir + '/secret'), access(dir + '/secret/key')]);
  return all.every((r) => r.status === 'rejected' && r.reason.kind === 'denied') ? 'safe' : 'read';
}
