// attack: keeps proxies and their revokers
// mechanism: memory / proxies
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const kept = [];
  for (let i = 0; i < 2e5; i++) kept.push(Proxy.revocable({}, {}));
  return 'done';
}
