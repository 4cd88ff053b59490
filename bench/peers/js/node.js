// The driver of Node's child_process.fork with its default serialisation, JSON.
'use strict';
const { fork } = require('node:child_process');
const { once } = require('node:events');
const { serve } = require('./measure.js');

if (process.env.BENCH_WORKER) {
  // A worker: [id, value] is a call, and the same is its answer; [0, n] asks for n
  // events, which are numbers.
  process.on('message', (m) => {
    if (m[0] !== 0) {
      process.send(m);
      return;
    }
    for (let i = 1; i <= m[1]; i++) process.send(i);
  });
} else {
  serve({ kinds: ['latency', 'calls', 'stream', 'events', 'start', 'hold', 'release', 'object-json', 'callers'], version: `Node ${process.version}, child_process.fork`, start });
}

async function start() {
  const child = fork(__filename, { env: { ...process.env, BENCH_WORKER: '1' }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map();
  let id = 0;
  let events; // {left, sum, done} while some are expected
  child.on('message', (m) => {
    if (typeof m === 'number') {
      events.sum += m;
      if (--events.left === 0) events.done(events.sum);
      return;
    }
    waiting.get(m[0])(m[1]);
    waiting.delete(m[0]);
  });
  return {
    pid: child.pid,
    call: (value) => new Promise((resolve) => {
      waiting.set(++id, resolve);
      child.send([id, value]);
    }),
    emit: (n) => new Promise((done) => {
      events = { left: n, sum: 0, done };
      child.send([0, n]);
    }),
    close: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
