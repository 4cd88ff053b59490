// attack: reaches the Function constructor through every constructor there is, and looks around with it
// mechanism: escape / constructor.constructor
// expect: answer "safe"
// control: none: there is one global object, and all code has it

function run() {
  const seen = [[], {}, run, 'x', 1, Symbol(), 1n, /x/, new Map(), Promise.resolve(), console.log, require('fs').readFileSync, host, log, worker, files, results(1)];
  for (const x of seen) {
    const F = x.constructor.constructor;
    for (const code of ['return this', 'return this.process.env.HOME', 'return typeof require("os")', 'return (0, eval)("this")']) {
      try {
        const got = F(code)();
        if (got !== globalThis && got !== undefined) return 'ESCAPED ' + String(got);
      } catch (e) {
        if (e.code !== 'MODULE_NOT_FOUND') throw e;
      }
    }
  }
  return 'safe';
}
