// attack: async functions that wait for each other, without end
// mechanism: stack / promises that wait for each other
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: it has no end

async function run() {
  await null;
  return run();
}
