// attack: a toString that does not end, called by the host for a thrown Error's message
// mechanism: loop / toString
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect error done

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function spin() {
  const end = Date.now() + span;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const error = new Error();
  error.message = { toString: spin };
  throw error;
}
