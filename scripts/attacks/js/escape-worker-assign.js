// attack: changes what the worker says of itself
// mechanism: escape / worker
// expect: answer "safe"
// control: none: the parent does not ask the script

function run() {
  worker.pid = 1;
  worker.name = '../x';
  worker.mode = 'root';
  globalThis.worker = { get pid() { return 1; } };
  globalThis.event = globalThis.results = globalThis.module = null;
  run = globalThis.run = () => 'ESCAPED';
  return 'safe';
}
