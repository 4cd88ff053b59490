// attack: the traps setPrototypeOf, isExtensible and preventExtensions of a proxy do not end
// mechanism: loop / proxy setPrototypeOf, isExtensible, preventExtensions
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
  const traps = { setPrototypeOf: () => !!spin(), isExtensible: () => !!spin(), preventExtensions: () => !spin() };
  const p = new Proxy({}, traps);
  Object.isExtensible(p);
  Reflect.preventExtensions(p);
  Object.setPrototypeOf(p, null);
  return 'done';
}
