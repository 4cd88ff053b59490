// attack: a replacer that does not end
// mechanism: loop / JSON.stringify replacer
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

function run() {
  JSON.stringify([1], () => spin());
  return 'done';
}
