// attack: a toJSON that does not end, called while the result is carried
// mechanism: loop / toJSON
// limits: time=150ms
// serialiser: json
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

function run() {
  return { toJSON: spin };
}
