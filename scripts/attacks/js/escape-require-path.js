// attack: requires files by their paths, and by everything that could become a path
// mechanism: escape / require of paths
// expect: answer "safe"
// control: none: the parent serves the files of the script, and has none here

function run(n, dir) {
  const names = [dir + '/granted/file', './attack.js', '../../etc/passwd', 'file:///etc/passwd', 'os', 'child_process', 'node:child_process', 'net', 'cluster', 'module', 'process/',
    'fs/../os', 'fs\0', '', '.', '__proto__', 'constructor', null, undefined, 7, {}, [], ['fs', 'os'], Symbol('fs'), { toString: () => dir + '/secret/key' }, () => 'fs'];
  let got = 0;
  for (const name of names) {
    try {
      require(name);
      got++;
    } catch (e) {
      if (e.code !== 'MODULE_NOT_FOUND' && e.kind !== 'denied' && !(e instanceof TypeError)) return 'ESCAPED ' + e;
    }
  }
  return got ? 'ESCAPED' : 'safe';
}
