// An async worker: each call takes as many tenths of a second as it is told,
// all of them at the same time. Called with 3, 2 and 1 it starts them in that
// order and finishes 1, 2 and 3.

function run(done, tenths) {
  event('started', tenths);
  setTimeout(() => done('finished', tenths), tenths * 100);
}
