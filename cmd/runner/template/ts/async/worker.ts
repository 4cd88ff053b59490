const sleep = (seconds: number) => new Promise<void>((wake) => setTimeout(wake, seconds * 1000));

// In the async mode run gets a function done first, and answers by calling it.
// While it awaits something, the worker serves other calls.
export async function run(done: Done, seconds?: string): Promise<void> {
  const from = Number(seconds);
  if (!(from >= 0)) throw new Error('count down from what? Give a number of seconds');
  for (let left = from; left > 0; left--) {
    done.event('left', left);
    await sleep(1);
  }
  done('finished', from);
}
