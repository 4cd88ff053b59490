// attack: a function that calls itself for ever
// mechanism: stack / plain recursion
// expect: error Maximum call stack size exceeded
// control: none: how deep calls may be nested is fixed in the virtual machine

function run() {
  return run();
}
