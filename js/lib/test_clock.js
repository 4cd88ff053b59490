// Fake time for what the tests load into their own VM, as vi.useFakeTimers has it.
(function () {
  const names = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "Date"];
  const real = {};
  for (const name of names) real[name] = globalThis[name];
  const RealDate = Date;
  const limit = 10000; // of the timers that runAllTimers has run
  let fake = null; // {now, timers, last}

  function need(what) {
    if (!fake) throw new Error(`vi.${what}: there is no fake time: call vi.useFakeTimers() first`);
    return fake;
  }

  function add(fn, delay, args, repeat) {
    if (typeof fn !== "function") throw new TypeError("a timer needs a function");
    const t = { id: ++fake.last, fn, args, when: fake.now + delay, every: repeat ? delay : 0 };
    fake.timers.push(t);
    return t.id;
  }
  const milliseconds = (delay) => { delay = Number(delay); return delay >= 1 && delay <= 2 ** 31 - 1 ? Math.trunc(delay) : 1; };
  const remove = (id) => { if (fake) fake.timers = fake.timers.filter((t) => t.id !== id); };

  // next is the timer that is due first, until a time.
  function next(until) {
    let first = null;
    for (const t of fake.timers) if (t.when <= until && (!first || t.when < first.when || t.when === first.when && t.id < first.id)) first = t;
    return first;
  }
  function fire(t) {
    fake.now = Math.max(fake.now, t.when);
    if (t.every > 0) t.when = fake.now + t.every; else remove(t.id);
    t.fn(...t.args);
  }
  // settle lets promises go on.
  const settle = () => new Promise((resolve) => real.setImmediate(resolve));

  const faked = {
    setTimeout: (fn, delay, ...args) => add(fn, milliseconds(delay), args, false),
    setInterval: (fn, delay, ...args) => add(fn, milliseconds(delay), args, true),
    setImmediate: (fn, ...args) => add(fn, 0, args, false),
    clearTimeout: remove, clearInterval: remove, clearImmediate: remove,
  };

  class FakeDate extends RealDate {
    constructor(...args) {
      if (args.length === 0) super(fake ? fake.now : RealDate.now()); else super(...args);
    }
    static now() { return fake ? fake.now : RealDate.now(); }
  }

  function install(on) {
    for (const name of names) globalThis[name] = on ? name === "Date" ? FakeDate : faked[name] : real[name];
  }

  const vi = {
    useFakeTimers(options = {}) {
      const now = options.now === undefined ? RealDate.now() : new RealDate(options.now).getTime();
      fake = { now, timers: [], last: 0 };
      install(true);
      return vi;
    },
    useRealTimers() { fake = null; install(false); return vi; },
    isFakeTimers: () => fake !== null,
    setSystemTime(time) { need("setSystemTime").now = new RealDate(time).getTime(); return vi; },
    getMockedSystemTime: () => fake && new RealDate(fake.now),
    getRealSystemTime: () => RealDate.now(),
    getTimerCount: () => need("getTimerCount").timers.length,
    clearAllTimers() { need("clearAllTimers").timers = []; return vi; },
    advanceTimersByTime(ms) {
      const until = need("advanceTimersByTime").now + Number(ms);
      for (let t; fake && (t = next(until));) fire(t);
      if (fake) fake.now = until;
      return vi;
    },
    async advanceTimersByTimeAsync(ms) {
      const until = need("advanceTimersByTimeAsync").now + Number(ms);
      await settle();
      for (let t; fake && (t = next(until));) { fire(t); await settle(); }
      if (fake) fake.now = until;
      return vi;
    },
    advanceTimersToNextTimer() { need("advanceTimersToNextTimer"); const t = next(Infinity); if (t) fire(t); return vi; },
    runAllTimers() {
      need("runAllTimers");
      for (let n = 0, t; fake && (t = next(Infinity)); n++) {
        if (n >= limit) throw new Error(`vi.runAllTimers: ${limit} timers have run, and there are more: is there an interval?`);
        fire(t);
      }
      return vi;
    },
    async runAllTimersAsync() {
      need("runAllTimersAsync");
      await settle();
      for (let n = 0, t; fake && (t = next(Infinity)); n++) {
        if (n >= limit) throw new Error(`vi.runAllTimersAsync: ${limit} timers have run, and there are more: is there an interval?`);
        fire(t);
        await settle();
      }
      return vi;
    },
    runOnlyPendingTimers() {
      const pending = [...need("runOnlyPendingTimers").timers].sort((a, b) => a.when - b.when || a.id - b.id);
      for (const t of pending) if (fake && fake.timers.includes(t)) fire(t);
      return vi;
    },
  };
  return { vi };
})
