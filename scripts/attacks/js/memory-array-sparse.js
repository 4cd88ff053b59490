// attack: fills a sparse array whose length is the largest there is
// mechanism: memory / sparse array
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time, so that a slow machine may not get there
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const a = [];
  a[2 ** 32 - 2] = 1;
  for (let i = 0; i < 2e6; i++) a[i * 1000] = i;
  return 'done';
}
