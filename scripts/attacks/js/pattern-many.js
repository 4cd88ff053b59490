// attack: keeps very many compiled regexps
// mechanism: pattern / flood of regexps
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: near its limit the worker collects garbage for most of its time
// control: limits=memory=none time=60s expect answer "done"

function run() {
  const kept = [];
  for (let i = 0; i < 12e3; i++) kept.push(new RegExp(`[a-z]{${i % 100},200}${i}`));
  return 'done';
}
