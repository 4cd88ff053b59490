const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

// In the async mode run gets a function done first, and answers by calling it.
// While it awaits something, the worker serves other calls.
async function run(done, seconds) {
  const from = Number(seconds);
  if (!(from >= 0)) throw new Error('count down from what? Give a number of seconds');
  for (let left = from; left > 0; left--) {
    done.event('left', left);
    await sleep(1);
  }
  done('finished', from);
}
