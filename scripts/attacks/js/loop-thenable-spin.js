// attack: a then that does not end, called by the host for what run returns
// mechanism: loop / then getter of the result
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
  return { get then() { return (resolve) => resolve(spin()); } };
}
