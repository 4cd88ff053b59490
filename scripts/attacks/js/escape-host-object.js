// attack: writes to, deletes from, and extends the host's objects
// mechanism: escape / host objects
// grants: host:
// expect: answer "safe"
// control: none: it is all the script's own; nothing of it reaches the parent but calls by name

function run() {
  'use strict';
  const tries = [
    () => (host.secret = 1), () => delete host.echo, () => Object.defineProperty(host, 'x', { value: 1 }),
    () => host.admin(), () => host.__proto__.admin(), () => host['runner.fs.stat']('/'),
    () => host.runner.fs.stat('/'), () => host['../secret'](), () => host[Symbol.iterator](), () => host.constructor.runner(),
  ];
  let held = 0;
  for (const f of tries) {
    try {
      if (f() === 'ESCAPED') return 'ESCAPED';
    } catch {
      held++;
    }
  }
  return held >= 8 && typeof host.echo === 'function' ? 'safe' : 'held only ' + held;
}
