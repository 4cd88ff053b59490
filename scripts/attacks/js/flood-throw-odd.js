// attack: throws everything that is not an error
// mechanism: flood / thrown values that are no errors
// mode: async
// calls: 12
// expect: error
// control: none: every value can be thrown

const odd = [undefined, null, Symbol('x'), () => {}, new Proxy({}, { get() { throw 1; }, ownKeys() { throw 2; } }), Object.create(null), 1n << 70n, NaN, '', new Proxy(() => {}, {}), [, ,], Promise.resolve(1)];

function run(done, n) {
  throw odd[n - 1];
}
