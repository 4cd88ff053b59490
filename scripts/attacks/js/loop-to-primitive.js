// attack: a Symbol.toPrimitive that does not end, called for a property's name
// mechanism: loop / Symbol.toPrimitive
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  return { done: 'done' }[{ [Symbol.toPrimitive]: spin }];
}
