// attack: looks for the names of Go's methods and fields in everything that can be reached
// mechanism: escape / reflection of Go values
// limits: time=5s
// grants: host:
// expect: answer "safe"
// control: none: the bindings hand out functions only, no Go value that reflection could open

function run() {
  const seen = new Set();
  const queue = [globalThis, require('fs'), require('fs/promises'), host, results(1), new AbortController(), setTimeout(() => {}, 1), worker];
  try {
    require('fs').readFileSync('/etc/passwd');
  } catch (e) {
    queue.push(e);
  }
  const found = [];
  for (let i = 0; i < queue.length && i < 1e5; i++) {
    const x = queue[i];
    if (x === run || x === null || (typeof x !== 'object' && typeof x !== 'function') || seen.has(x)) continue;
    seen.add(x);
    queue.push(Object.getPrototypeOf(x));
    for (const key of Reflect.ownKeys(x)) {
      const name = String(key);
      const d = Reflect.getOwnPropertyDescriptor(x, key);
      const own = x === globalThis || typeof x === 'function' && /^[A-Z]/.test(x.name) || x === Number || x === Math;
      if (/^[A-Z][a-z]+([A-Z][a-z]+)*$/.test(name) && !own && typeof d?.value === 'function') found.push(name);
      if (typeof d?.value === 'function' && d.value !== run && /scripthost|goja|\.func\d|\//.test(d.value.name + String(d.value))) {
        if (!/function|=>|class|native/.test(String(d.value)) || /scripthost|goja\./.test(String(d.value) + d.value.name)) found.push(name + ':' + d.value.name);
      }
      if (d) queue.push(d.value, d.get, d.set);
    }
  }
  if (seen.size < 300) return 'only ' + seen.size;
  return found.length ? 'ESCAPED ' + found : 'safe';
}
