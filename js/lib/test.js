// Tests as people write them for Jest and Vitest: they are collected while the
// script loads, and run when the parent asks for them.
(function (use, native) {
  const { expect, assertions } = use("test_expect");
  const { mocks } = use("test_mock");
  const { vi } = use("test_clock");
  const { load, workers } = use("test_worker");
  const { show } = use("test_show");
  const { where, failure } = native;
  const { setImmediate } = globalThis; // not that of fake timers

  const top = { name: "", parent: null, mode: "run", children: [], hooks: newHooks() };
  const tests = []; // by id
  let current = top;
  let running = false;
  let only = false;

  function newHooks() { return { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] }; }

  const text = (name) => typeof name === "function" ? name.name : typeof name === "string" ? name : show(name);

  function refuse(what) {
    if (running) throw new Error(`${what} cannot be called inside a test: tests are collected before the first one runs`);
  }

  function suite(name, fn, mode) {
    refuse("describe");
    if (fn !== undefined && typeof fn !== "function") throw new TypeError(`describe: the second argument must be a function, not ${show(fn)}`);
    const s = { name: text(name), parent: current, mode, children: [], hooks: newHooks() };
    current.children.push(s);
    if (mode === "only") only = true;
    if (!fn) return;
    current = s;
    try {
      const returned = fn();
      if (returned && typeof returned.then === "function") throw new TypeError(`describe ${show(s.name)} returns a promise: tests have to be collected at once, so make what is to be awaited in beforeAll`);
    } finally {
      current = s.parent;
    }
  }

  function test(name, fn, mode, timeout) {
    refuse("it");
    if (fn !== undefined && typeof fn !== "function") {
      if (typeof fn === "object" && fn !== null) [fn, timeout] = [timeout, fn.timeout];
      if (typeof fn !== "function") throw new TypeError(`it ${show(text(name))}: there is no function to run`);
    }
    if (typeof timeout === "object" && timeout !== null) timeout = timeout.timeout;
    if (fn === undefined) mode = "todo";
    const t = { id: tests.length, name: text(name), fn, mode, parent: current, at: where(), timeout: timeout > 0 ? Number(timeout) : 0 };
    current.children.push(t);
    tests.push(t);
    if (mode === "only") only = true;
  }

  // each has fn called for each row of a table, with the row in the name.
  function each(define) {
    return (table, ...values) => {
      if (!Array.isArray(table) || values.length > 0) throw new TypeError("each takes an array of rows");
      return (name, fn, timeout) => table.forEach((row, i) => {
        const args = Array.isArray(row) ? row : [row];
        define(format(text(name), args, i), () => fn(...args), timeout);
      });
    };
  }

  function format(name, args, i) {
    let next = 0;
    const named = args[0];
    return name.replace(/%[sdifjoO#%]|\$([\w.]+)/g, (found, path) => {
      if (path !== undefined) {
        if (typeof named !== "object" || named === null) return found;
        const value = path.split(".").reduce((o, key) => o?.[key], named);
        return typeof value === "string" ? value : show(value);
      }
      switch (found) {
        case "%%": return "%";
        case "%#": return String(i);
      }
      if (next >= args.length) return found;
      const value = args[next++];
      switch (found) {
        case "%s": return typeof value === "object" && value !== null ? show(value) : String(value);
        case "%d": case "%f": return String(Number(value));
        case "%i": return String(Math.trunc(Number(value)));
        case "%j": return JSON.stringify(value);
      }
      return show(value);
    });
  }

  function definer(define) {
    const made = (name, fn, timeout) => define(name, fn, "run", timeout);
    for (const mode of ["skip", "only", "todo"]) made[mode] = (name, fn, timeout) => define(name, mode === "todo" ? undefined : fn, mode, timeout);
    for (const of of [made, made.skip, made.only]) of.each = each(of);
    made.skipIf = (condition) => condition ? made.skip : made;
    made.runIf = (condition) => condition ? made : made.skip;
    return made;
  }

  const describe = definer(suite);
  const it = definer(test);
  const hook = (kind) => (fn) => {
    refuse(kind);
    if (typeof fn !== "function") throw new TypeError(`${kind}: the argument must be a function, not ${show(fn)}`);
    current.hooks[kind].push(fn);
  };

  function isWanted(t) {
    for (let s = t; s; s = s.parent) if (s.mode === "only") return true;
    return false;
  }

  function modeOf(t) {
    if (t.mode === "todo") return "todo";
    for (let s = t; s; s = s.parent) if (s.mode === "skip" || s.mode === "todo") return s.mode;
    return only && !isWanted(t) ? "skip" : "run";
  }

  function pathOf(t) {
    const path = [];
    for (let s = t; s !== top; s = s.parent) path.unshift(s.name);
    return path;
  }

  function list() {
    return tests.map((t) => ({ name: pathOf(t), mode: modeOf(t), timeout: t.timeout, ...t.at }));
  }

  // attempt runs something, and returns what failed.
  async function attempt(fn, failures) {
    try {
      await fn();
      return true;
    } catch (error) {
      failures.push(failure(error));
      return false;
    }
  }

  // settled lets all microtasks run. A promise that is rejected by then and that nobody
  // handles fails the call of run, and so the test that has left it behind.
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  // run runs the tests with these numbers, and tells of each with events.
  async function run(done, ids) {
    const wanted = new Set(ids.map(Number));
    running = true;
    // Both throw once the call has failed, on account of a promise that nobody
    // handles: then the parent has another worker run what is left.
    let failed = false;
    const unlessFailed = (fn) => (...args) => {
      try {
        fn(...args);
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    const tell = unlessFailed(done.event), end = unlessFailed(done);
    const has = (s) => s.id !== undefined ? wanted.has(s.id) : s.children.some(has);
    const selected = (s) => s.id !== undefined ? wanted.has(s.id) ? [s] : [] : s.children.flatMap(selected);

    async function runSuite(s) {
      const before = workers.open();
      const failures = [];
      for (const fn of s.hooks.beforeAll) if (!await attempt(fn, failures)) break;
      for (const child of s.children) {
        if (!has(child)) continue;
        if (failures.length > 0) {
          for (const t of selected(child)) {
            tell("begin", t.id);
            tell("end", t.id, failures);
          }
        } else if (child.id !== undefined) {
          await runTest(child);
        } else {
          await runSuite(child);
        }
      }
      const late = [];
      for (const fn of [...s.hooks.afterAll].reverse()) await attempt(fn, late);
      await workers.closeSince(before);
      await settled();
      if (late.length > 0) tell("suite", s === top ? [] : pathOf(s), late);
    }

    async function runTest(t) {
      tell("begin", t.id);
      const before = workers.open();
      const suites = [];
      for (let s = t.parent; s; s = s.parent) suites.unshift(s);
      const failures = [];
      assertions.begin();
      let ready = true;
      for (const s of suites) for (const fn of s.hooks.beforeEach) ready = ready && await attempt(fn, failures);
      if (ready) {
        if (await attempt(t.fn, failures)) await attempt(assertions.end, failures);
      }
      for (const s of suites.reverse()) for (const fn of [...s.hooks.afterEach].reverse()) await attempt(fn, failures);
      await workers.closeSince(before);
      await settled();
      tell("end", t.id, failures);
    }

    try {
      await runSuite(top);
      running = false;
      end();
    } catch (error) {
      if (!failed) throw error;
    }
  }

  Object.assign(vi, mocks);
  const api = {
    describe, suite: describe, it, test: it, expect, vi, load,
    beforeAll: hook("beforeAll"), afterAll: hook("afterAll"), beforeEach: hook("beforeEach"), afterEach: hook("afterEach"),
  };
  return {
    api,
    tools: { list: (done) => done(list()), run, fake: (done, id, name, args) => workers.fake(done, id, name, args) },
  };
})
