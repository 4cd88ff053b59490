// attack: reads a file that was not granted
// mechanism: escape / file without a grant
// expect: denied read
// control: grants=read:$DIR/secret expect answer "read"

function run(n, dir) {
  return require('fs').readFileSync(dir + '/secret/key', 'utf8').length > 0 ? 'read' : '';
}
