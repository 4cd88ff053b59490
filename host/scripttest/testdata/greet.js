async function run(name) {
  if (!name) throw new TypeError('who?');
  event('greeted', name);
  return 'Hello, ' + name;
}
async function titled(name) { return host.title(name) }
function fail() { throw { code: 7 } }
function twice(n) { return n * 2 }
