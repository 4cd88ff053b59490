// attack: patches the module fs, and makes another one with import and source maps
// mechanism: escape / modules
// expect: answer "safe"
// control: none: a module is an object of the script's own

function run() {
  const fs = require('fs');
  fs.readFileSync = () => 'ESCAPED';
  const tries = ['import("fs")', 'import.meta', '//# sourceMappingURL=/etc/passwd\n1', '//# sourceMappingURL=data:application/json,{"sources":["/etc/passwd"]}\n1'];
  for (const code of tries) {
    try {
      if (typeof eval(code) === 'object') return 'ESCAPED ' + code;
    } catch (e) {
      if (/root:/.test(e)) return 'ESCAPED ' + e;
    }
  }
  // What knows the modules is the script's own, too.
  for (const name in require.cache) require.cache[name].exports = { readFileSync: () => 'ESCAPED' };
  Object.defineProperty(Object.prototype, 'main', { value: '/etc/passwd', configurable: true });
  String.prototype.startsWith = Array.prototype.push = Array.prototype.join = () => '/etc/passwd';
  for (const name of ['./passwd', '/etc/passwd', 'passwd', '../../../../etc/passwd']) {
    try {
      return 'ESCAPED ' + require(name);
    } catch (e) {
      if (/root:/.test(e)) return 'ESCAPED ' + e;
    }
  }
  return 'safe';
}
