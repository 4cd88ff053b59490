(function (use, native) {
  const { deepEqual: same } = use("deepequal");
  const inspect = (value) => native.inspect(value).slice(0, 500);

  class AssertionError extends Error {
    constructor(options) {
      if (options === null || typeof options !== "object") throw Object.assign(new TypeError('The "options" argument must be of type object.'), { code: "ERR_INVALID_ARG_TYPE" });
      const { message, actual, expected, operator } = options;
      super(message !== undefined ? `${message}` : `${inspect(actual)} ${operator} ${inspect(expected)}`);
      Object.defineProperty(this, "name", { value: "AssertionError", writable: true, configurable: true });
      Object.assign(this, { generatedMessage: message === undefined, code: "ERR_ASSERTION", actual, expected, operator });
    }
  }
  function fail(message, actual, expected, operator, generated) {
    if (message instanceof Error) throw message;
    throw Object.assign(new AssertionError({ message: message ?? generated, actual, expected, operator }), { generatedMessage: message === undefined });
  }
  const ok = (...args) => {
    if (!args[0]) fail(args[1], args[0], true, "==", args.length === 0 ? "No value argument passed to `assert.ok()`" : "The expression evaluated to a falsy value: " + inspect(args[0]));
  };
  const compare = (name, test, says) => ({ [name](actual, expected, message) {
    if (arguments.length < 2) throw Object.assign(new TypeError('The "actual" and "expected" arguments must be specified'), { code: "ERR_MISSING_ARGS" });
    if (!test(actual, expected)) fail(message, actual, expected, name, `${says}: ${inspect(actual)} and ${inspect(expected)}`);
  } })[name];

  // check compares an error with what is expected of it: a class, a pattern, an
  // object with some of its properties, or a function that says true.
  function check(error, expected, message, name) {
    if (expected === undefined) return;
    if (typeof expected === "function") {
      if (expected.prototype !== undefined && error instanceof expected) return;
      if (expected === Error || Object.prototype.isPrototypeOf.call(Error, expected)) fail(message, error, expected, name, `The error is expected to be an instance of ${expected.name}. Received ${inspect(error)}`);
      if (Reflect.apply(expected, {}, [error]) === true) return;
      fail(message, error, expected, name, `the function that is to check the error did not return true for ${inspect(error)}`);
    }
    if (use("util").types.isRegExp(expected)) {
      if (expected.test(String(error))) return;
      fail(message, error, expected, name, `The input did not match the regular expression ${expected}. Input: ${inspect(String(error))}`);
    }
    if (expected === null || typeof expected !== "object") throw Object.assign(new TypeError('The "expected" argument must be a function, an Error, a RegExp or an object.'), { code: "ERR_INVALID_ARG_TYPE" });
    const keys = Object.keys(expected);
    if (expected instanceof Error) keys.push("name", "message");
    for (const key of keys) {
      const want = expected[key], got = error?.[key];
      if (typeof got === "string" && use("util").types.isRegExp(want) ? !want.test(got) : !same(got, want, true)) {
        fail(message, error, expected, name, `the property ${key} of the error is ${inspect(got)}, not ${inspect(want)}`);
      }
    }
  }
  function need(fn, name) {
    if (typeof fn !== "function") throw Object.assign(new TypeError(`The "${name}" argument must be of type function.`), { code: "ERR_INVALID_ARG_TYPE" });
  }
  const split = (expected, message) => typeof expected === "string" ? [undefined, expected] : [expected, message];
  function threw(caught, expected, message, name) {
    [expected, message] = split(expected, message);
    if (caught === null) fail(message, undefined, expected, name, name === "throws" ? "Missing expected exception." : "Missing expected rejection.");
    check(caught.error, expected, message, name);
  }
  function attempt(fn) {
    need(fn, "fn");
    try {
      fn();
    } catch (error) {
      return { error };
    }
    return null;
  }
  async function settle(promise) {
    if (typeof promise === "function") promise = promise();
    if (typeof promise?.then !== "function") throw Object.assign(new TypeError('The "promiseFn" argument must be a function or a Promise.'), { code: "ERR_INVALID_ARG_TYPE" });
    try {
      await promise;
    } catch (error) {
      return { error };
    }
    return null;
  }
  const unwanted = (caught, message, name, what) => {
    if (caught !== null) fail(typeof message === "string" ? message : undefined, caught.error, undefined, name, `Got unwanted ${what}.\nActual message: "${caught.error?.message}"`);
  };
  const matching = (name, want, says) => (text, pattern, message) => {
    if (!use("util").types.isRegExp(pattern)) throw Object.assign(new TypeError('The "regexp" argument must be an instance of RegExp.'), { code: "ERR_INVALID_ARG_TYPE" });
    if (typeof text !== "string" || pattern.test(text) !== want) fail(message, text, pattern, name, `The input ${says} the regular expression ${pattern}. Input: ${inspect(text)}`);
  };

  const assert = Object.assign((...args) => ok(...args), {
    ok, AssertionError,
    fail: (message = "Failed") => fail(message, undefined, undefined, "fail"),
    equal: compare("equal", (a, b) => a == b || a !== a && b !== b, "Expected values to be loosely equal"),
    notEqual: compare("notEqual", (a, b) => !(a == b || a !== a && b !== b), "Expected values not to be loosely equal"),
    strictEqual: compare("strictEqual", Object.is, "Expected values to be strictly equal"),
    notStrictEqual: compare("notStrictEqual", (a, b) => !Object.is(a, b), "Expected values not to be strictly equal"),
    deepEqual: compare("deepEqual", (a, b) => same(a, b, false), "Expected values to be loosely deep-equal"),
    notDeepEqual: compare("notDeepEqual", (a, b) => !same(a, b, false), "Expected values not to be loosely deep-equal"),
    deepStrictEqual: compare("deepStrictEqual", (a, b) => same(a, b, true), "Expected values to be strictly deep-equal"),
    notDeepStrictEqual: compare("notDeepStrictEqual", (a, b) => !same(a, b, true), "Expected values not to be strictly deep-equal"),
    throws: (fn, expected, message) => threw(attempt(fn), expected, message, "throws"),
    doesNotThrow: (fn, expected, message) => unwanted(attempt(fn), split(expected, message)[1], "doesNotThrow", "exception"),
    rejects: async (promise, expected, message) => threw(await settle(promise), expected, message, "rejects"),
    doesNotReject: async (promise, expected, message) => unwanted(await settle(promise), split(expected, message)[1], "doesNotReject", "rejection"),
    match: matching("match", true, "did not match"), doesNotMatch: matching("doesNotMatch", false, "was expected not to match"),
    ifError: (value) => {
      if (value !== null && value !== undefined) fail(undefined, value, null, "ifError", `ifError got unwanted exception: ${value?.message ?? inspect(value)}`);
    },
  });
  assert.strict = Object.assign((...args) => ok(...args), assert, {
    equal: assert.strictEqual, notEqual: assert.notStrictEqual, deepEqual: assert.deepStrictEqual, notDeepEqual: assert.notDeepStrictEqual,
  });
  assert.strict.strict = assert.strict;
  return assert;
})
