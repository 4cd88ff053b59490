// attack: asks for locales and formats that could be read from files
// mechanism: pattern / toLocaleString with options
// expect: answer "safe"
// control: none: there is no Intl in this virtual machine

function run() {
  const bad = '../../../../etc/passwd';
  for (const f of [() => new Date(0).toLocaleString(bad, { timeZone: bad }), () => (1).toLocaleString(bad), () => 'a'.localeCompare('b', bad), () => 'a'.toLocaleUpperCase(bad)]) {
    try {
      if (String(f()).includes('root:')) return 'ESCAPED';
    } catch {
      continue;
    }
  }
  return typeof Intl === 'undefined' ? 'safe' : 'Intl';
}
