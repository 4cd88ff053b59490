// attack: asks the functions of the host for their source, which could tell paths or Go names
// mechanism: escape / Function.prototype.toString of natives
// grants: host:
// expect: answer "safe"
// control: none: a native has no source

function run() {
  const all = [host.echo, console.log, require, results, event, setTimeout, log.info, worker.retire, files.receive, require('fs').statSync, require('fs').promises.stat];
  const bad = all.filter((f) => /github|goja|scripthost|\.go|func\d/.test(f.toString() + f.name));
  return bad.length ? 'ESCAPED ' + bad : 'safe';
}
