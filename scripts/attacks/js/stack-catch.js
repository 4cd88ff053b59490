// attack: catches the overflow of the stack at each level and recurses again
// mechanism: stack / recursion in catch and finally
// expect: any of error Maximum call stack size exceeded | deadline
// why: scripts cannot catch it; which is why the levels are not tried one by one
// control: none: how deep calls may be nested is fixed in the virtual machine

function run() {
  try {
    run();
  } catch {
    run();
  } finally {
    run();
  }
}
