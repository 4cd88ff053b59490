// The functions that all peers in this folder offer, for a worker of this
// project in the sync mode. Called by a parent of the classic dialect:
//
//   perl scripts/peers/parent.pl runner child --wire classic --script scripts/peers/worker.js

const functions = {
  echo(...args) {
    return results(...args);
  },

  events(n) {
    for (let i = 1; i <= n; i++) event('tick', i);
    return n;
  },

  async sleep(seconds) {
    await new Promise((wake) => setTimeout(wake, seconds * 1000));
    return seconds;
  },

  length(s) {
    return octets(s);
  },

  die() {
    throw new Error('die');
  },
};

function run(what, ...args) {
  if (!Object.hasOwn(functions, what)) throw new Error(`there is no function '${what}'`);
  return functions[what](...args);
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
