// attack: calls the host's built-in functions by their own names
// mechanism: escape / built-in host functions
// grants: host:
// expect: error is not a function of the parent
// control: none: names that start with runner. are not among the host's functions

function run(n, dir) {
  return host['runner.fs.readfile'](dir + '/secret/key');
}
