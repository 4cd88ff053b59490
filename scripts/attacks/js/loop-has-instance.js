// attack: a Symbol.hasInstance that does not end
// mechanism: loop / Symbol.hasInstance
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  1 instanceof { [Symbol.hasInstance]: spin };
  return 'done';
}
