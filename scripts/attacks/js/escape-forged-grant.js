// attack: pollutes prototypes so that options and results of files look granted
// mechanism: escape / options from a prototype
// expect: denied read
// control: grants=read:$DIR/secret expect answer "read"

Object.prototype.granted = true;
Object.prototype.kind = 'script';
Object.prototype.encoding = 'utf8';
Object.prototype.flag = 'a+';
Array.prototype.toJSON = () => ['/dev/null'];
String.prototype.toString = () => '/dev/null';

function run(n, dir) {
  const text = require('fs').readFileSync(dir + '/secret/key', {});
  return text.length > 0 ? 'read' : '';
}
