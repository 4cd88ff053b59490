// attack: replaces call, apply and bind, which the host may use to call the script
// mechanism: escape / polluted Function.prototype
// expect: answer "safe"
// control: none: the bindings keep what they need of the language from before the script was loaded

const seen = [];
for (const name of ['call', 'apply', 'bind']) {
  Object.defineProperty(Function.prototype, name, { value(...args) { seen.push(this, ...args); }, configurable: true });
}

function run() {
  setTimeout(() => {}, 1);
  console.log(results(1, 2), [1], new Error('x'));
  return seen.length ? 'ESCAPED' : 'safe';
}
