// attack: the trap apply of a proxy that is a timer's callback does not end
// mechanism: loop / proxy apply
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

async function run() {
  await new Promise((resolve) => setTimeout(new Proxy(resolve, { apply: (f) => f(spin()) }), 1));
  return 'done';
}
