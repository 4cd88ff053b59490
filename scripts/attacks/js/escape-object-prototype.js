// attack: puts getters and setters on Object.prototype that bindings may run into
// mechanism: escape / polluted Object.prototype
// expect: answer "safe"
// control: none: the bindings define and read own properties, whatever the prototypes have

function run() {
  const touched = [];
  for (const name of ['kind', 'value', 'cause', 'message', 'code', 'errno', 'path', 'exports', 'encoding', 'flag', 'mode', 'size', 'pid', 'name2', 'recursive', 'get', 'set', 'writable', 'enumerable', 'configurable']) {
    const d = Object.create(null);
    d.set = () => touched.push('set ' + name);
    d.get = () => undefined;
    d.configurable = true;
    Object.defineProperty(Object.prototype, name, d);
  }
  touched.length = 0; // an iterator's results have a value
  let kind;
  try {
    require('fs').readFileSync('/etc/passwd');
  } catch (e) {
    kind = e.kind;
  }
  log.info('x', { a: 1 });
  console.log({ a: 1 });
  void worker.pid;
  return touched.length ? 'ESCAPED ' + touched : kind === 'denied' ? 'safe' : 'not denied';
}
