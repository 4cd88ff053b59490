function run(done, n) {
  const step = () => { if (n-- > 0) { done.event('left', n); setTimeout(step, 1000) } else done('finished', new Date().toISOString()) };
  step();
}
function never(done) {}
