// expect, with the matchers of Jest and Vitest.
(function (use, native) {
  const { show, lines } = use("test_show");
  const { equals, subset } = use("test_equal");
  const { isMock } = use("test_mock");

  // What a test has asserted.
  let count = 0, planned = null, some = false;
  const assertions = {
    begin() { count = 0; planned = null; some = false; },
    end() {
      if (planned !== null && count !== planned) throw new AssertionError(`expected ${planned} assertions, and there were ${count}`);
      if (some && count === 0) throw new AssertionError("expected an assertion, and there was none");
    },
  };

  class AssertionError extends Error {
    constructor(message, compared) {
      super(message);
      Object.defineProperty(this, "name", { value: "AssertionError" });
      if (compared) {
        Object.defineProperty(this, "expected", { value: compared.expected });
        Object.defineProperty(this, "actual", { value: compared.actual });
        Object.defineProperty(this, "compared", { value: true });
      }
    }
  }

  const typeName = (c) => c?.name || show(c);
  const thrownText = (e) => e instanceof Error || e && typeof e.message === "string" ? String(e.message) : typeof e === "string" ? e : show(e);

  function errorMatches(error, want) {
    if (want === undefined) return true;
    if (typeof want === "string") return thrownText(error).includes(want);
    if (want instanceof RegExp) return want.test(thrownText(error));
    if (typeof want === "function") return error instanceof want;
    if (want instanceof Error) return thrownText(error) === want.message;
    return equals(error, want) || subset(error, want);
  }

  function throwing(state, want, rejected) {
    let threw = rejected, error = state.value;
    if (!rejected) {
      if (typeof state.value !== "function") throw new TypeError(`toThrow: what is expected to throw must be a function, not ${show(state.value)}`);
      try { state.value(); } catch (e) { threw = true; error = e; }
    }
    const wanted = want === undefined ? "to throw" : `to throw ${typeof want === "function" ? typeName(want) : want instanceof Error ? show(want.message) : show(want)}`;
    const got = threw ? `it threw ${error instanceof Error ? `${error.name}: ${error.message}` : show(error)}` : "it threw nothing";
    return { pass: threw && errorMatches(error, want), wanted, got };
  }

  const compare = (name, test) => (value, want) => {
    for (const v of [value, want]) if (typeof v !== "number" && typeof v !== "bigint") throw new TypeError(`${show(v)} is not a number`);
    return { pass: test(value, want), wanted: `to be ${name} ${show(want)}` };
  };
  const is = (what, test) => (value) => ({ pass: test(value), wanted: `to be ${what}` });
  const calls = (mock) => {
    if (!isMock(mock)) throw new TypeError(`${show(mock)} is no mock: make it with vi.fn() or vi.spyOn()`);
    return mock.mock;
  };
  const times = (n) => `${n} ${n === 1 ? "time" : "times"}`;
  const callList = (m) => m.calls.length === 0 ? "it was not called" : `it was called with ${m.calls.slice(0, 5).map(show).join(", ")}`;

  function property(value, path) {
    const keys = Array.isArray(path) ? path : String(path).replace(/\[(\w+)\]/g, ".$1").split(".");
    let at = value;
    for (const key of keys) {
      if (at === null || at === undefined || !(key in Object(at))) return { found: false };
      at = at[key];
    }
    return { found: true, value: at };
  }

  const compared = (pass, wanted, expected, actual) => ({ pass, wanted, compared: { expected, actual } });

  // Each returns {pass, wanted}: "expected VALUE [not] wanted".
  const matchers = {
    toBe: (v, want) => ({ ...compared(Object.is(v, want), `to be ${show(want)}`, want, v), hint: !Object.is(v, want) && equals(v, want) ? "they are equal, but not the same object: toEqual compares what is in them" : "" }),
    toEqual: (v, want) => compared(equals(v, want), `to equal ${show(want)}`, want, v),
    toStrictEqual: (v, want) => compared(equals(v, want, true), `to equal ${show(want)}, strictly`, want, v),
    toMatchObject: (v, want) => compared(subset(v, want), `to have what is in ${show(want)}`, want, v),
    toBeTruthy: is("truthy", Boolean),
    toBeFalsy: is("falsy", (v) => !v),
    toBeNull: is("null", (v) => v === null),
    toBeUndefined: is("undefined", (v) => v === undefined),
    toBeDefined: is("defined", (v) => v !== undefined),
    toBeNullable: is("null or undefined", (v) => v === null || v === undefined),
    toBeNaN: is("NaN", (v) => Number.isNaN(v)),
    toBeGreaterThan: compare("greater than", (a, b) => a > b),
    toBeGreaterThanOrEqual: compare("at least", (a, b) => a >= b),
    toBeLessThan: compare("less than", (a, b) => a < b),
    toBeLessThanOrEqual: compare("at most", (a, b) => a <= b),
    toBeCloseTo: (v, want, digits = 2) => ({ pass: v === want || Math.abs(v - want) < 10 ** -digits / 2, wanted: `to be close to ${show(want)} (to ${digits} digits)` }),
    toContain(v, want) {
      if (typeof v === "string") return { pass: v.includes(want), wanted: `to contain ${show(want)}` };
      if (v === null || v === undefined || typeof v[Symbol.iterator] !== "function") throw new TypeError(`toContain: ${show(v)} is neither text nor a list`);
      return { pass: [...v].includes(want), wanted: `to contain ${show(want)}` };
    },
    toContainEqual: (v, want) => ({ pass: [...v].some((item) => equals(item, want)), wanted: `to contain what equals ${show(want)}` }),
    toHaveLength(v, want) {
      if (typeof v?.length !== "number") throw new TypeError(`toHaveLength: ${show(v)} has no length`);
      return { pass: v.length === want, wanted: `to have the length ${want}`, got: `it has ${v.length}` };
    },
    toHaveProperty(v, path, ...want) {
      const p = property(v, path);
      return { pass: p.found && (want.length === 0 || equals(p.value, want[0])), wanted: `to have the property ${show(path)}${want.length > 0 ? ` with ${show(want[0])}` : ""}`, got: p.found && want.length > 0 ? `it has ${show(p.value)}` : "" };
    },
    toMatch(v, want) {
      if (typeof v !== "string") throw new TypeError(`toMatch: ${show(v)} is not text`);
      return { pass: want instanceof RegExp ? new RegExp(want.source, want.flags.replace("g", "")).test(v) : v.includes(want), wanted: `to match ${show(want)}` };
    },
    toBeInstanceOf: (v, want) => ({ pass: v instanceof want, wanted: `to be a ${typeName(want)}` }),
    toBeTypeOf: (v, want) => ({ pass: typeof v === want, wanted: `to be of the type ${show(want)}`, got: `it is of the type ${show(typeof v)}` }),
    toBeOneOf: (v, want) => ({ pass: [...want].some((item) => equals(v, item)), wanted: `to be one of ${show(want)}` }),
    toSatisfy: (v, test) => ({ pass: Boolean(test(v)), wanted: "to satisfy the function" }),
    toHaveBeenCalled: (v) => ({ pass: calls(v).calls.length > 0, wanted: "to have been called", got: callList(v.mock) }),
    toHaveBeenCalledOnce: (v) => ({ pass: calls(v).calls.length === 1, wanted: "to have been called once", got: `it was called ${times(v.mock.calls.length)}` }),
    toHaveBeenCalledTimes: (v, n) => ({ pass: calls(v).calls.length === n, wanted: `to have been called ${times(n)}`, got: `it was called ${times(v.mock.calls.length)}` }),
    toHaveBeenCalledWith: (v, ...want) => ({ pass: calls(v).calls.some((args) => equals(args, want)), wanted: `to have been called with ${show(want)}`, got: callList(v.mock) }),
    toHaveBeenLastCalledWith: (v, ...want) => ({ pass: calls(v).calls.length > 0 && equals(v.mock.calls.at(-1), want), wanted: `to have been called with ${show(want)} last`, got: callList(v.mock) }),
    toHaveBeenNthCalledWith: (v, n, ...want) => ({ pass: calls(v).calls.length >= n && equals(v.mock.calls[n - 1], want), wanted: `to have been called with ${show(want)} as call ${n}`, got: callList(v.mock) }),
    toHaveReturned: (v) => ({ pass: calls(v).results.some((r) => r.type === "return"), wanted: "to have returned" }),
    toHaveReturnedWith: (v, want) => ({ pass: calls(v).results.some((r) => r.type === "return" && equals(r.value, want)), wanted: `to have returned ${show(want)}` }),
  };
  matchers.toHaveReturnedTimes = (v, n) => ({ pass: calls(v).results.filter((r) => r.type === "return").length === n, wanted: `to have returned ${times(n)}` });

  function judge(state, result) {
    count++;
    if (result.pass !== state.negated) return;
    let message = `expected ${result.subject ?? show(state.value)} ${state.negated ? "not " : ""}${result.wanted}`;
    if (result.got) message += `, and ${result.got}`;
    if (result.hint && !state.negated) message += ` (${result.hint})`;
    if (state.message) message = `${state.message}: ${message}`;
    let pair;
    if (result.compared && !state.negated) {
      const { expected, actual } = result.compared;
      pair = { expected: lines(expected), actual: lines(actual) };
    }
    throw new AssertionError(message, pair);
  }

  function apply(state, name, args) {
    let result;
    if (name === "toThrow" || name === "toThrowError") result = { subject: "it", ...throwing(state, args[0], state.rejected) };
    else result = matchers[name](state.value, ...args);
    judge(state, result);
  }

  const names = [...Object.keys(matchers), "toThrow", "toThrowError"];

  function bind(on, state, wait) {
    for (const name of names) {
      on[name] = (...args) => wait ? wait().then((settled) => apply({ ...state, ...settled }, name, args)) : apply(state, name, args);
    }
    return on;
  }

  function settling(value, which) {
    return async () => {
      const promise = typeof value === "function" ? value() : value;
      if (typeof promise?.then !== "function") throw new TypeError(`${which}: ${show(promise)} is no promise`);
      let result, failed = false;
      try { result = await promise; } catch (e) { failed = true; result = e; }
      if (which === "resolves" && failed) { count++; throw new AssertionError(`expected the promise to be fulfilled, and it was rejected with ${show(result)}`); }
      if (which === "rejects" && !failed) { count++; throw new AssertionError(`expected the promise to be rejected, and it was fulfilled with ${show(result)}`); }
      return { value: result, rejected: which === "rejects" };
    };
  }

  function expect(value, message) {
    const state = { value, negated: false, message };
    const e = bind({}, state);
    e.not = bind({}, { ...state, negated: true });
    for (const which of ["resolves", "rejects"]) {
      Object.defineProperty(e, which, {
        get() {
          const wait = settling(value, which);
          const s = bind({}, state, wait);
          s.not = bind({}, { ...state, negated: true }, wait);
          return s;
        },
      });
    }
    return e;
  }

  const asymmetric = (text, test) => {
    const make = (negated) => ({ asymmetricMatch: (v) => test(v) !== negated, toString: () => (negated ? "not " : "") + text });
    const m = make(false);
    Object.defineProperty(m, "negative", { value: make(true) });
    return m;
  };
  const kinds = { Number: "number", String: "string", Boolean: "boolean", BigInt: "bigint", Symbol: "symbol", Function: "function" };
  const asymmetrics = {
    anything: () => asymmetric("anything", (v) => v !== null && v !== undefined),
    any: (type) => asymmetric(`any ${typeName(type)}`, (v) => typeof v === kinds[type.name] || type === Object && typeof v === "object" || v instanceof type),
    objectContaining: (want) => asymmetric(`an object with ${show(want)}`, (v) => typeof v === "object" && v !== null && Object.keys(want).every((key) => key in v && equals(v[key], want[key]))),
    arrayContaining: (want) => asymmetric(`a list with ${show(want)}`, (v) => Array.isArray(v) && want.every((item) => v.some((has) => equals(has, item)))),
    stringContaining: (want) => asymmetric(`text with ${show(want)}`, (v) => typeof v === "string" && v.includes(want)),
    stringMatching: (want) => asymmetric(`text like ${show(want)}`, (v) => typeof v === "string" && (want instanceof RegExp ? want.test(v) : v.includes(want))),
    closeTo: (want, digits = 2) => asymmetric(`about ${want}`, (v) => typeof v === "number" && Math.abs(v - want) < 10 ** -digits / 2),
  };
  Object.assign(expect, asymmetrics);
  expect.not = {};
  for (const name of ["objectContaining", "arrayContaining", "stringContaining", "stringMatching"]) expect.not[name] = (want) => asymmetrics[name](want).negative;
  expect.assertions = (n) => { planned = n; };
  expect.hasAssertions = () => { some = true; };
  expect.fail = (message = "expect.fail was called") => { throw new AssertionError(message); };
  expect.unreachable = (message = "this should not be reached") => { throw new AssertionError(message); };
  return { expect, assertions };
})
