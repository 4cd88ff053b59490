// attack: rejects very many promises and handles them in the reverse order, which is searched for
// mechanism: flood / rejections that are handled late
// limits: memory=256M time=1s
// expect: any of deadline | limit memory | answer "done"
// why: how many can be searched in the time depends on the machine
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const all = [];
  for (let i = 0; i < 3e4; i++) all.push(Promise.reject(i));
  while (all.length) all.pop().catch(() => {});
  return 'done';
}
