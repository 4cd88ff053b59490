// attack: a replacer that does not end
// mechanism: loop / JSON.stringify replacer
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  JSON.stringify([1], () => spin());
  return 'done';
}
