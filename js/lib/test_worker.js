// The worker under test: it runs in a process of its own, as ever, and its parent is
// the test.
(function (use, native) {
  const { hostCall, callers } = native;
  const open = []; // workers, in the order of load
  const byID = new Map();

  // The frames of a failure are those of the worker, and behind them those of the test:
  // when the answer comes, nothing of the test is on the stack any more.
  class WorkerError extends Error {
    constructor(e, called) {
      super(e.message);
      Object.defineProperty(this, "name", { value: "WorkerError" });
      this.kind = e.kind;
      if (e.value !== undefined) this.value = e.value;
      if (e.outcome) this.outcome = e.outcome;
      Object.defineProperty(this, "frames", { value: [...(e.stack ?? []), ...called] });
      const at = this.frames.map((f) => `\n    at ${f.function ? `${f.function} (${f.at})` : f.at}`).join("");
      Object.defineProperty(this, "stack", { value: `${this.message}${at}`, writable: true, configurable: true });
    }
  }

  class Worker {
    #id; #script; #host; #turn = 0;
    constructor(id, script, functions, host) {
      this.#id = id;
      this.#script = script;
      this.#host = host;
      this.functions = functions;
      this.events = [];
      this.calls = [];
      this.hostCalls = [];
      this.logs = [];
    }
    #take(news) {
      this.events.push(...news.events);
      this.logs.push(...news.logs);
    }
    async #ask(what, ...args) {
      const called = callers();
      const [reply, news] = await hostCall(what, this.#id, ++this.#turn, ...args);
      this.#take(news);
      if (reply.error) throw new WorkerError(reply.error, called);
      return reply;
    }
    #call(name, args) {
      const record = { function: name || "run", args };
      this.calls.push(record);
      const promise = this.#ask("call", name, args).then(({ results }) => record.results = results, (error) => { record.error = error; throw error; });
      promise.catch(() => {}); // who looks later is told all the same
      return promise;
    }
    call(...args) { return this.#call("", args); }
    callFunction(name, ...args) { return this.#call(String(name), args); }
    async advance(ms) { await this.#ask("advance", Number(ms)); }
    async close() { forget(this); await this.#ask("close"); }
    async kill() { forget(this); await this.#ask("kill"); }
    get script() { return this.#script; }
    static async fake(worker, name, args) {
      const f = worker.#host[name];
      worker.hostCalls.push([name, ...args]);
      return f(...args);
    }
  }

  function forget(worker) {
    const i = open.indexOf(worker);
    if (i >= 0) open.splice(i, 1);
  }

  // flat finds functions, also those in objects, by dotted names.
  function flat(host, prefix = "") {
    const found = {};
    for (const [name, value] of Object.entries(host)) {
      if (typeof value === "function") found[prefix + name] = value;
      else if (typeof value === "object" && value !== null) Object.assign(found, flat(value, prefix + name + "."));
      else throw new TypeError(`load: host.${prefix}${name} must be a function`);
    }
    return found;
  }

  async function load(file, options = {}) {
    if (typeof file !== "string" || file === "") throw new TypeError("load: the first argument is the name of the worker's file");
    const { host = {}, ...rest } = options;
    const functions = flat(host);
    const called = callers();
    const settings = { ...rest, host: Object.keys(functions) };
    if (settings.clock !== undefined) settings.clock = new Date(settings.clock).toISOString();
    const [reply] = await hostCall("load", file, JSON.stringify(settings));
    if (reply.error) throw new WorkerError(reply.error, called);
    const worker = new Worker(reply.id, reply.script, reply.functions, functions);
    open.push(worker);
    byID.set(reply.id, worker);
    return worker;
  }

  const workers = {
    open: () => open.length,
    async closeSince(n) {
      while (open.length > n) await open[open.length - 1].kill();
    },
    async fake(done, id, name, args) {
      const value = await Worker.fake(byID.get(id), name, args);
      if (value === undefined) done(); else done(value);
    },
  };
  return { load, workers };
})
