// The driver of piscina: a pool of threads. The folder that it is installed in is the
// first argument.
'use strict';
const path = require('node:path');
const { serve } = require('./measure.js');

const folder = path.join(path.resolve(process.argv[2]), 'node_modules', 'piscina');
const { Piscina } = require(folder);
const { version } = require(path.join(folder, 'package.json'));

const pool = (threads) => new Piscina({
  filename: path.join(__dirname, 'piscina-worker.js'),
  minThreads: threads,
  maxThreads: threads,
});

async function start() {
  const p = pool(1);
  let events; // {left, sum, done} while some are expected
  p.on('message', (value) => {
    events.sum += value;
    if (--events.left === 0) events.done(events.sum);
  });
  return {
    pid: process.pid,
    call: (value) => p.run(value),
    emit: (n) => new Promise((done, failed) => {
      events = { left: n, sum: 0, done };
      p.run(n, { name: 'emit' }).catch(failed);
    }),
    close: () => p.destroy(),
  };
}

serve({
  kinds: ['latency', 'calls', 'stream', 'events', 'start', 'hold', 'release', 'object-binary', 'pool', 'callers'],
  version: `piscina ${version}, threads of Node ${process.version}`,
  threads: true,
  start,
  pool: async (workers) => {
    const p = pool(workers);
    await Promise.all(Array.from({ length: 20 * workers }, () => p.run(0, { name: 'compute' })));
    return { compute: (n) => p.run(n, { name: 'compute' }), close: () => p.destroy() };
  },
});
