(function (use, native) {
  const { kindOf, isTyped } = use("kind");
  const custom = Symbol.for("nodejs.util.inspect.custom");
  const promisified = Symbol.for("nodejs.util.promisify.custom");
  const invalid = (message) => Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });

  function inspect(value, options = undefined, depth = undefined) {
    if (options !== null && typeof options === "object") depth = "depth" in options ? options.depth : 2;
    return native.inspect(value, depth === undefined ? 2 : depth === null ? 64 : Math.min(depth, 64));
  }
  inspect.custom = custom;
  inspect.defaultOptions = { depth: 2 };

  function promisify(original) {
    if (typeof original !== "function") throw invalid('The "original" argument must be of type function.');
    if (original === setTimeout) return use("timers").promises.setTimeout;
    if (original === setImmediate) return use("timers").promises.setImmediate;
    if (original[promisified]) return original[promisified];
    const fn = function (...args) {
      return new Promise((resolve, reject) => {
        Reflect.apply(original, this, [...args, (error, value) => error ? reject(error) : resolve(value)]);
      });
    };
    Object.setPrototypeOf(fn, Object.getPrototypeOf(original));
    Object.defineProperty(fn, promisified, { value: fn, configurable: true });
    return Object.defineProperties(fn, Object.getOwnPropertyDescriptors(original));
  }
  promisify.custom = promisified;

  function callbackify(original) {
    if (typeof original !== "function") throw invalid('The "original" argument must be of type function.');
    return function (...args) {
      const callback = args.pop();
      if (typeof callback !== "function") throw invalid("The last argument must be of type function.");
      Reflect.apply(original, this, args).then(
        (value) => queueMicrotask(() => callback(null, value)),
        (reason) => queueMicrotask(() => callback(reason || Object.assign(new Error("Promise was rejected with falsy value"), { reason, code: "ERR_FALSY_VALUE_REJECTION" }))));
    };
  }
  function inherits(constructor, superior) {
    if (typeof constructor !== "function") throw invalid('The "ctor" argument must be of type function.');
    if (typeof superior !== "function" || superior.prototype === undefined) throw invalid('The "superCtor" argument must be a constructor.');
    Object.defineProperty(constructor, "super_", { value: superior, writable: true, configurable: true });
    Object.setPrototypeOf(constructor.prototype, superior.prototype);
  }
  const warned = new Set();
  function deprecate(fn, message, code = undefined) {
    let told = false;
    return function (...args) {
      if (!told && !(code !== undefined && warned.has(code))) {
        if (code !== undefined) warned.add(code);
        console.warn(`${code === undefined ? "" : `[${code}] `}DeprecationWarning: ${message}`);
      }
      told = true;
      return new.target ? Reflect.construct(fn, args, new.target) : Reflect.apply(fn, this, args);
    };
  }

  const is = (...kinds) => (value) => (typeof value === "object" || typeof value === "function") && value !== null && kinds.includes(kindOf(value));
  const object = (value) => typeof value === "object" && value !== null;
  const types = {
    isDate: is("Date"), isRegExp: is("RegExp"), isMap: is("Map"), isSet: is("Set"), isWeakMap: is("WeakMap"), isWeakSet: is("WeakSet"),
    isPromise: is("Promise"), isProxy: is("Proxy"), isNativeError: is("Error"), isDataView: is("DataView"), isArrayBuffer: is("ArrayBuffer"), isAnyArrayBuffer: is("ArrayBuffer"),
    isNumberObject: is("Number"), isStringObject: is("String"), isBooleanObject: is("Boolean"), isBoxedPrimitive: is("Number", "String", "Boolean", "BigInt", "Symbol"),
    isTypedArray: (value) => object(value) && isTyped(value), isUint8Array: is("Uint8Array"),
  };
  for (const name of ["Int8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64", "BigInt64", "BigUint64"]) types[`is${name}Array`] = is(`${name}Array`);

  return {
    inspect, format: native.format, promisify, callbackify, inherits, deprecate, types,
    isDeepStrictEqual: (a, b) => use("deepequal").deepEqual(a, b, true),
    isArray: Array.isArray, debuglog: () => Object.assign(() => {}, { enabled: false }), toUSVString: (value) => native.wellFormed(`${value}`),
    stripVTControlCharacters: (text) => `${text}`.replace(/\x1b\[[0-9;?]*[ -\/]*[@-~]/g, ""),
    get TextEncoder() { return globalThis.TextEncoder; },
    get TextDecoder() { return globalThis.TextDecoder; },
  };
})
