// attack: the traps setPrototypeOf, isExtensible and preventExtensions of a proxy do not end
// mechanism: loop / proxy setPrototypeOf, isExtensible, preventExtensions
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  const traps = { setPrototypeOf: () => !!spin(), isExtensible: () => !!spin(), preventExtensions: () => !spin() };
  const p = new Proxy({}, traps);
  Object.isExtensible(p);
  Reflect.preventExtensions(p);
  Object.setPrototypeOf(p, null);
  return 'done';
}
