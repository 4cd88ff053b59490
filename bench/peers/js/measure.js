// What the drivers of Node's child_process and of piscina have in common: the jobs of
// package driver, for a peer in JavaScript.
'use strict';
const readline = require('node:readline');

const first = 1e15; // call n has the number 10^15 + n
const maxSamples = 50_000;
const maxAtOnce = 1 << 19;
const computing = 100e3; // ns that the function of a pool takes
const poolTurn = 25e6; // ns that one pool is called before the other one has its turn

function payloads(size) {
  if (size === 16) return (n) => String(first + n);
  const rest = 'abcdefghijklmnopqrstuvwxyz'.repeat(size / 26 + 1).slice(0, size - 16);
  const some = Array.from({ length: 8 }, (_, i) => String(first + i) + rest);
  return (n) => some[n % some.length];
}

// Of large payloads the length and the ends are compared, as in Go.
function check(asked, answer) {
  const same = asked.length > 64 && typeof answer === 'string' && asked.length === answer.length
    ? asked.slice(0, 16) === answer.slice(0, 16) && asked.slice(-16) === answer.slice(-16)
    : asked === answer;
  if (!same) throw new Error(`the answer to ${String(asked).slice(0, 40)} is ${String(answer).slice(0, 40)}`);
}

const now = () => process.hrtime.bigint();
const since = (begun) => Number(now() - begun);

function object(n) {
  const o = { id: n, name: 'Ada Lovelace', active: true, ratio: 0.625, tags: [], points: [], text: 'lorem ipsum dolor '.repeat(28) };
  for (let i = 0; i < 10; i++) {
    o.tags.push(`tag-${i}`);
    o.points.push({ x: i, y: i * i, label: `point ${i}` });
  }
  return o;
}

// A peer has start(), which resolves to a worker {call(value), pid, close(), emit?},
// and pool?(workers), which resolves to {compute(n), close()}.
class Server {
  constructor(peer) {
    this.peer = peer;
    this.held = [];
    this.called = [];
    this.loop = 0;
  }

  async warm() {
    return this.worker ??= await this.peer.start();
  }

  async do(job) {
    if (!this.peer.kinds.includes(job.kind)) throw new Error(`this driver cannot do jobs of the kind ${job.kind}`);
    const span = (job.millis ?? 0) * 1e6;
    switch (job.kind) {
      case 'latency': return this.latency(await this.warm(), payloads(job.size), span);
      case 'calls': return this.calls([await this.warm()], job.outstanding, payloads(job.size), span);
      case 'stream': return this.stream(await this.warm(), span);
      case 'events': return this.growing(span, async (n) => this.sum(await (await this.warm()).emit(n), n));
      case 'start': return this.starts(span);
      case 'hold': return this.hold(job.workers);
      case 'release':
        for (const w of [...this.held, ...this.called]) await w.close();
        this.held = [];
        this.called = [];
        return {};
      case 'object-json':
      case 'object-binary': return this.objects(await this.warm(), span);
      case 'pool': return this.pool(job.workers, span);
      case 'callers':
        while (this.called.length < job.workers) this.called.push(await this.peer.start());
        return this.calls(this.called, job.workers, payloads(16), span);
    }
    throw new Error(`a job of the kind ${job.kind} is not known`);
  }

  sum(got, n) {
    if (got !== n * (n + 1) / 2) throw new Error(`1 to ${n} have the sum ${got}`);
  }

  async oneByOne(span, call) {
    let n = 0;
    for (const begun = now(); n < 3 || since(begun) < span / 10; n++) await call(n);
    const nanos = [];
    const begun = now();
    for (let last = begun; (Number(last - begun) < span || nanos.length < 3) && nanos.length < maxSamples; n++) {
      await call(n);
      const t = now();
      nanos.push(Number(t - last));
      last = t;
    }
    return { nanos, done: nanos.length, right: nanos.length };
  }

  async latency(worker, payload, span) {
    if (await worker.call(payload(0)) !== payload(0)) throw new Error('the answer is wrong');
    return this.oneByOne(span, async (n) => {
      const asked = payload(n);
      check(asked, await worker.call(asked));
    });
  }

  async objects(worker, span) {
    const some = Array.from({ length: 8 }, (_, i) => object(i + 1));
    for (const o of some) {
      if (JSON.stringify(await worker.call(o)) !== JSON.stringify(o)) throw new Error('the answer to an object is another one');
    }
    return this.oneByOne(span, async (n) => {
      const o = some[n % some.length];
      if ((await worker.call(o)).id !== o.id) throw new Error(`the answer to object ${o.id} is another one`);
    });
  }

  // Some async functions at a time, each of them again and again.
  async sideBySide(callers, span, call) {
    const round = async (span) => {
      let done = 0;
      const begun = now();
      await Promise.all(Array.from({ length: callers }, async (_, i) => {
        let n = i;
        do {
          await call(i, n);
          n += callers;
          done++;
        } while (since(begun) < span);
      }));
      return { nanos: [since(begun)], done, right: done };
    };
    await round(span / 10);
    return round(span);
  }

  calls(workers, outstanding, payload, span) {
    return this.sideBySide(outstanding, span, async (i, n) => {
      const asked = payload(n);
      check(asked, await workers[i % workers.length].call(asked));
    });
  }

  async growing(span, run) {
    for (let n = 64; ; n *= 2) {
      const begun = now();
      await run(n);
      const took = since(begun);
      if (took >= span / 3 || n >= maxAtOnce) return { nanos: [took], done: n, right: n };
    }
  }

  stream(worker, span) {
    return this.growing(span, async (n) => {
      let sum = 0;
      const answered = (answer) => { sum += Number(answer) - first; };
      const all = [];
      for (let i = 1; i <= n; i++) all.push(worker.call(String(first + i)).then(answered));
      await Promise.all(all);
      this.sum(sum, n);
    });
  }

  async starts(span) {
    const nanos = [];
    const all = now();
    for (let n = 0; n < 2 || since(all) < span; n++) {
      const begun = now();
      const worker = await this.peer.start();
      const answer = await worker.call(String(first + n));
      const took = since(begun);
      await worker.close();
      check(String(first + n), answer);
      if (n > 0) nanos.push(took);
    }
    return { nanos, done: nanos.length, right: nanos.length };
  }

  async hold(workers) {
    for (let i = 0; i < workers; i++) {
      const w = await this.peer.start();
      this.held.push(w);
      check(String(first + i), await w.call(String(first + i)));
    }
    const o = { done: workers, right: workers };
    return this.peer.threads ? { ...o, pids: [process.pid], threads: workers } : { ...o, pids: this.held.map((w) => w.pid) };
  }

  async pool(workers, span) {
    const pools = [];
    try {
      for (const n of [1, workers]) pools.push(await this.peer.pool(n));
      const [one, many] = pools.map((pool) => async (n) => this.sum(await pool.compute(n), n));
      if (!this.loop) await this.calibrate(one);
      const turn = Math.min(poolTurn, span / 2);
      const way = (workers, run) => async () => {
        const o = await this.sideBySide(2 * workers, turn, () => run(this.loop));
        return { nanos: Math.round(o.nanos[0] / o.done), calls: o.done };
      };
      return await this.byTurns(span, way(workers, many), way(1, one));
    } finally {
      for (const pool of pools) await pool.close();
    }
  }

  // Sets loop to how far the function of a pool counts to take 100 µs more than one that
  // has nothing to do.
  async calibrate(run) {
    const fastest = async (n) => {
      let best = Infinity;
      for (let i = 0; i < 50; i++) {
        const begun = now();
        await run(n);
        best = Math.min(best, since(begun));
      }
      return best;
    };
    const empty = await fastest(0);
    for (let n = 64; !this.loop; n *= 2) {
      const took = await fastest(n) - empty;
      if (took >= 2 * computing) this.loop = Math.floor(n * computing / took);
    }
  }

  // Two ways for a tenth of span to warm up, and then for span, in pairs of turns: one,
  // other, other, one, and so on.
  async byTurns(span, one, other) {
    const ways = [one, other];
    const pairs = async (span) => {
      const took = [[], []];
      let done = 0;
      const begun = now();
      for (let k = 0; k === 0 || since(begun) < span; k++) {
        for (const way of [k % 2, 1 - k % 2]) {
          const { nanos, calls } = await ways[way]();
          took[way].push(nanos);
          done += calls;
        }
      }
      return { nanos: took[0], beside: took[1], done, right: done };
    };
    await pairs(span / 10);
    return pairs(span);
  }

  async close() {
    for (const w of [...this.held, ...this.called]) await w.close();
    await this.worker?.close();
  }
}

// Does the jobs of standard input until it ends.
exports.serve = async function serve(peer) {
  const server = new Server(peer);
  const say = (o) => process.stdout.write(JSON.stringify(o) + '\n');
  await server.warm();
  say({ kinds: peer.kinds, version: peer.version });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      say(await server.do(JSON.parse(line)));
    } catch (err) {
      say({ error: String(err?.stack ?? err) });
    }
  }
  await server.close();
};
