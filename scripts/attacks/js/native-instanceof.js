// attack: asks for the prototype of a proxy whose native trap always returns the proxy
// mechanism: loop / instanceof over an endless prototype chain
// limits: time=100ms
// expect: deadline
// control: none: it has no end

function run() {
  const traps = {};
  const p = new Proxy({}, traps);
  traps.getPrototypeOf = Object.bind(null, p);
  return p instanceof Array;
}
