// Mock functions, as vi.fn and vi.spyOn make them.
(function () {
  const made = new Set();
  const isMock = (f) => typeof f === "function" && made.has(f);
  const stubs = new Map(); // globals that were replaced: name to descriptor

  function fn(implementation) {
    let base = implementation, once = [];
    let state = { calls: [], results: [], instances: [] };
    function mock(...args) {
      state.calls.push(args);
      state.instances.push(this);
      const call = once.length > 0 ? once.shift() : base;
      try {
        const value = call ? call.apply(this, args) : undefined;
        state.results.push({ type: "return", value });
        return value;
      } catch (error) {
        state.results.push({ type: "throw", value: error });
        throw error;
      }
    }
    Object.defineProperty(mock, "mock", { get: () => ({ ...state, lastCall: state.calls.at(-1) }) });
    const setters = {
      mockImplementation: (f) => { base = f; },
      mockImplementationOnce: (f) => { once.push(f); },
      mockReturnValue: (v) => { base = () => v; },
      mockReturnValueOnce: (v) => { once.push(() => v); },
      mockResolvedValue: (v) => { base = async () => v; },
      mockResolvedValueOnce: (v) => { once.push(async () => v); },
      mockRejectedValue: (e) => { base = async () => { throw e; }; },
      mockRejectedValueOnce: (e) => { once.push(async () => { throw e; }); },
      mockReturnThis: () => { base = function () { return this; }; },
      mockClear: () => { state = { calls: [], results: [], instances: [] }; },
      mockReset: () => { mock.mockClear(); base = implementation; once = []; },
      mockRestore: () => { mock.mockReset(); },
      mockName: (name) => { Object.defineProperty(mock, "name", { value: name, configurable: true }); },
    };
    for (const [name, set] of Object.entries(setters)) mock[name] = (...args) => { set(...args); return mock; };
    mock.getMockImplementation = () => base;
    made.add(mock);
    return mock;
  }

  function spyOn(object, name) {
    if (object === null || object === undefined || typeof object[name] !== "function") throw new TypeError(`vi.spyOn: there is no function ${String(name)} to spy on`);
    if (isMock(object[name])) return object[name];
    const original = object[name];
    const own = Object.getOwnPropertyDescriptor(object, name);
    const spy = fn(original);
    const reset = spy.mockRestore;
    spy.mockRestore = () => {
      reset();
      if (own) Object.defineProperty(object, name, own); else delete object[name];
      return spy;
    };
    Object.defineProperty(object, name, { value: spy, writable: true, configurable: true, enumerable: own ? own.enumerable : true });
    return spy;
  }

  const mocks = {
    fn, spyOn, isMockFunction: isMock,
    mocked: (f) => f,
    clearAllMocks() { for (const m of made) m.mockClear(); return mocks; },
    resetAllMocks() { for (const m of made) m.mockReset(); return mocks; },
    restoreAllMocks() { for (const m of made) m.mockRestore(); return mocks; },
    stubGlobal(name, value) {
      if (!stubs.has(name)) stubs.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
      return mocks;
    },
    unstubAllGlobals() {
      for (const [name, own] of stubs) if (own) Object.defineProperty(globalThis, name, own); else delete globalThis[name];
      stubs.clear();
      return mocks;
    },
  };
  return { mocks, isMock };
})
