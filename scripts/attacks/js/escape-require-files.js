// attack: requires what is outside of a granted folder of modules, through links and names
// mechanism: escape / require of files
// grants: modules:$DIR/granted
// expect: answer "safe"
// control: grants=modules:$DIR expect answer "read"

function run(n, dir) {
  const names = ['link', 'absolute', 'out/key', 'loop', 'environ', 'zero', 'fifo', '../secret/key', 'folder/../../secret/key', '../../../../../../etc/passwd', 'key\0', '.', '..', '%2e%2e/secret/key']
    .flatMap((name) => [name, './' + name, dir + '/granted/' + name]);
  names.push(dir + '/secret/key', dir + '/secret', '/etc/passwd', '/proc/self/environ', 'x'.repeat(5000), '../'.repeat(300) + 'etc/passwd');
  for (const name of names) {
    try {
      require(name);
      return 'read';
    } catch (e) {
      if (/ESCAPED/.test(e.message)) return 'read'; // it was run
      if (e.kind !== 'denied' && e.kind !== 'script' && e.code !== 'MODULE_NOT_FOUND') return 'other: ' + e;
    }
  }
  return 'safe';
}
