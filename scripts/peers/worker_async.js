// worker.js for the async mode: run gets done first, and answers by calling it.
// While one call sleeps, the others go on.
//
//   perl scripts/peers/parent.pl --async runner child --wire classic --async --script scripts/peers/worker_async.js

const functions = {
  echo(done, ...args) {
    done(...args);
  },

  events(done, n) {
    for (let i = 1; i <= n; i++) event('tick', i);
    done(n);
  },

  sleep(done, seconds) {
    setTimeout(() => done(seconds), seconds * 1000);
  },

  length(done, s) {
    done(octets(s));
  },

  die() {
    throw new Error('die');
  },
};

function run(done, what, ...args) {
  if (!Object.hasOwn(functions, what)) throw new Error(`there is no function '${what}'`);
  functions[what](done, ...args);
}

// Octets that are UTF-8 arrive as a string, others as a Uint8Array.
function octets(s) {
  if (s instanceof Uint8Array) return s.length;
  let n = 0;
  for (const character of s) {
    const code = character.codePointAt(0);
    n += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return n;
}
