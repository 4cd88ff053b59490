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
  require.cache['/etc/passwd'] = { exports: 'mine' };
  require.resolve = () => '/etc/passwd';
  try {
    return 'ESCAPED ' + require('/etc/passwd');
  } catch (e) {
    if (e.code !== 'MODULE_NOT_FOUND') return 'ESCAPED ' + e;
  }
  return module.constructor !== Object || module.paths ? 'ESCAPED' : 'safe';
}
