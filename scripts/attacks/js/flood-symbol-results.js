// attack: answers with values that cannot be carried, each of another type
// mechanism: flood / results that cannot be carried
// mode: async
// calls: 9
// serialiser: json
// expect: any of serialise | error
// why: which one it is depends on the value
// control: none: there is no way to carry them

function run(done, n) {
  const cycle = [];
  cycle.push(cycle);
  done([Symbol('x'), () => {}, NaN, cycle, 2n ** 70n, '\ud800', new Map([[1, 2]]), new Date(NaN), Promise.resolve(1)][n - 1]);
}
