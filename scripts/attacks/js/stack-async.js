// attack: an async function that calls itself before it waits
// mechanism: stack / recursion of async functions
// limits: time=1s
// expect: any of exit | limit memory | error Maximum call stack size exceeded | deadline
// why: what is reached first is the bound of the stack or that of memory
// control: none: it has no end

async function run() {
  return await run();
}
