// attack: a listener of an AbortSignal that does not end
// mechanism: loop / AbortSignal listener
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const controller = new AbortController();
  controller.signal.addEventListener('abort', spin);
  controller.abort();
  return 'done';
}
