// attack: queues very many microtasks at once
// mechanism: flood / queueMicrotask
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time
// control: limits=memory=none time=60s expect answer "done"

function run() {
  for (let i = 0; i < 2e5; i++) queueMicrotask(() => {});
  return 'done';
}
