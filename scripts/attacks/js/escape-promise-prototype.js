// attack: replaces what promises are made of, to get at the host's functions behind them
// mechanism: escape / polluted Promise.prototype
// grants: host:
// expect: answer "safe"
// control: none: the bindings keep what they need of the language from before the script was loaded

async function run() {
  const stolen = [];
  const then = Promise.prototype.then;
  Promise.prototype.then = function (...args) {
    stolen.push(...args);
    return then.apply(this, args);
  };
  Promise.resolve = (x) => stolen.push(x);
  globalThis.Promise = class {
    constructor(f) {
      stolen.push(f);
    }
  };
  const x = await host.echo('x');
  const bad = stolen.filter((f) => typeof f === 'function' && /scripthost|goja/.test(f.name + f));
  return bad.length || x !== 'x' ? 'ESCAPED ' + bad : 'safe';
}
