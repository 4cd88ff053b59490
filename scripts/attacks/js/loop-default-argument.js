// attack: the default of a parameter does not end
// mechanism: loop / default parameter of run itself
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run(n, dir, x = spin()) {
  return x;
}
