// attack: writes a file that was granted for reading only
// mechanism: escape / write without a grant
// grants: read:$DIR/granted
// expect: denied write
// control: grants=write:$DIR/granted expect answer "written"

function run(n, dir) {
  require('fs').writeFileSync(dir + '/granted/folder/js', 'x');
  require('fs').unlinkSync(dir + '/granted/folder/js');
  return 'written';
}
