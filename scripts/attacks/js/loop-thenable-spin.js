// attack: a then that does not end, called by the host for what run returns
// mechanism: loop / then getter of the result
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  return { get then() { return (resolve) => resolve(spin()); } };
}
