// attack: a toString that does not end, called by the host for a thrown Error's message
// mechanism: loop / toString
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect error done

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const error = new Error();
  error.message = { toString: spin };
  throw error;
}
