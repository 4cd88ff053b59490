// attack: the trap apply of a proxy that is a timer's callback does not end
// mechanism: loop / proxy apply
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

async function run() {
  await new Promise((resolve) => setTimeout(new Proxy(resolve, { apply: (f) => f(spin()) }), 1));
  return 'done';
}
