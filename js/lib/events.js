(function (use, native) {
  const errorMonitor = Symbol("events.errorMonitor");
  const invalid = (message) => Object.assign(new TypeError(message), { code: "ERR_INVALID_ARG_TYPE" });
  let defaultMaxListeners = 10;

  // EventEmitter is no class: packages call it on objects of their own.
  function EventEmitter(options) { EventEmitter.init.call(this, options); }
  EventEmitter.init = function () {
    if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
      this._events = Object.create(null);
      this._eventsCount = 0;
    }
    this._maxListeners ??= undefined;
  };
  const listOf = (emitter, type) => {
    const list = emitter._events?.[type];
    return list === undefined ? [] : typeof list === "function" ? [list] : list;
  };

  function add(emitter, type, listener, first) {
    if (typeof listener !== "function") throw invalid(`The "listener" argument must be of type function. Received ${listener === null ? "null" : typeof listener}`);
    if (emitter._events === undefined) EventEmitter.init.call(emitter);
    else if (emitter._events.newListener !== undefined) emitter.emit("newListener", type, listener.listener ?? listener);
    const list = listOf(emitter, type).slice(); // which may be being called
    if (list.length === 0) emitter._eventsCount++;
    if (first) list.unshift(listener);
    else list.push(listener);
    emitter._events[type] = list;
    const max = emitter.getMaxListeners();
    if (max > 0 && list.length === max + 1) {
      console.warn(`MaxListenersExceededWarning: Possible EventEmitter memory leak detected. ${list.length} ${String(type)} listeners added. Use emitter.setMaxListeners() to increase limit`);
    }
    return emitter;
  }
  function onceWrapper(emitter, type, listener) {
    if (typeof listener !== "function") throw invalid(`The "listener" argument must be of type function. Received ${listener === null ? "null" : typeof listener}`);
    let fired = false;
    const wrapper = function (...args) {
      if (fired) return;
      fired = true;
      emitter.removeListener(type, wrapper);
      return listener.apply(emitter, args);
    };
    wrapper.listener = listener;
    return wrapper;
  }

  const methods = {
    on(type, listener) { return add(this, type, listener, false); },
    prependListener(type, listener) { return add(this, type, listener, true); },
    once(type, listener) { return this.on(type, onceWrapper(this, type, listener)); },
    prependOnceListener(type, listener) { return this.prependListener(type, onceWrapper(this, type, listener)); },
    removeListener(type, listener) {
      if (typeof listener !== "function") throw invalid(`The "listener" argument must be of type function. Received ${listener === null ? "null" : typeof listener}`);
      const list = listOf(this, type);
      let i = list.length - 1;
      while (i >= 0 && list[i] !== listener && list[i].listener !== listener) i--;
      if (i < 0) return this;
      if (list.length === 1) {
        delete this._events[type];
        this._eventsCount--;
      } else this._events[type] = list.filter((_, at) => at !== i);
      if (this._events.removeListener !== undefined) this.emit("removeListener", type, listener);
      return this;
    },
    removeAllListeners(type) {
      if (this._events === undefined) return this;
      if (arguments.length > 0) {
        for (const listener of listOf(this, type).slice().reverse()) this.removeListener(type, listener);
        return this;
      }
      for (const name of Reflect.ownKeys(this._events)) if (name !== "removeListener") this.removeAllListeners(name);
      this._events = Object.create(null);
      this._eventsCount = 0;
      return this;
    },
    emit(type, ...args) {
      if (type === "error") {
        if (listOf(this, errorMonitor).length > 0) this.emit(errorMonitor, ...args);
        if (listOf(this, "error").length === 0) {
          if (args[0] instanceof Error) throw args[0];
          throw Object.assign(new Error(`Unhandled error. (${use("util").inspect(args[0])})`), { code: "ERR_UNHANDLED_ERROR", context: args[0] });
        }
      }
      const list = listOf(this, type);
      for (const listener of list.slice()) Reflect.apply(listener, this, args);
      return list.length > 0;
    },
    listeners(type) { return listOf(this, type).map((listener) => listener.listener ?? listener); },
    rawListeners(type) { return listOf(this, type).slice(); },
    listenerCount(type, listener) {
      const list = listOf(this, type);
      return listener === undefined ? list.length : list.filter((l) => l === listener || l.listener === listener).length;
    },
    eventNames() { return Reflect.ownKeys(this._events ?? {}); },
    setMaxListeners(n) {
      if (typeof n !== "number" || !(n >= 0)) throw Object.assign(new RangeError(`The value of "n" is out of range. It must be a non-negative number. Received ${String(n)}`), { code: "ERR_OUT_OF_RANGE" });
      this._maxListeners = n;
      return this;
    },
    getMaxListeners() { return this._maxListeners ?? defaultMaxListeners; },
  };
  Object.assign(EventEmitter.prototype, methods, { _events: undefined, _eventsCount: 0, _maxListeners: undefined });
  EventEmitter.prototype.addListener = EventEmitter.prototype.on;
  EventEmitter.prototype.off = EventEmitter.prototype.removeListener;

  // once returns a promise of the arguments of the next event of that name.
  function once(emitter, name, options = {}) {
    return new Promise((resolve, reject) => {
      const signal = options?.signal;
      const abortError = () => Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
      if (signal?.aborted) return reject(abortError());
      const emits = typeof emitter.on === "function";
      if (!emits && typeof emitter.addEventListener !== "function") return reject(invalid('The "emitter" argument must be an instance of EventEmitter.'));
      const off = (type, listener) => emits ? emitter.removeListener(type, listener) : emitter.removeEventListener(type, listener);
      const end = () => {
        off(name, done);
        if (emits) off("error", failed);
        signal?.removeEventListener("abort", aborted);
      };
      const done = (...args) => { end(); resolve(args); };
      const failed = (error) => { end(); reject(error); };
      const aborted = () => { end(); reject(abortError()); };
      if (emits) {
        emitter.on(name, done);
        if (name !== "error") emitter.on("error", failed);
      } else emitter.addEventListener(name, done);
      signal?.addEventListener("abort", aborted);
    });
  }

  Object.defineProperty(EventEmitter, "defaultMaxListeners", { enumerable: true, get: () => defaultMaxListeners, set(n) { defaultMaxListeners = n; } });
  return Object.assign(EventEmitter, {
    EventEmitter, once, errorMonitor, captureRejectionSymbol: Symbol.for("nodejs.rejection"), usingDomains: false,
    listenerCount: (emitter, type) => emitter.listenerCount(type),
    getEventListeners: (emitter, type) => emitter.listeners(type),
    setMaxListeners: (n, ...emitters) => { for (const emitter of emitters) emitter.setMaxListeners(n); },
  });
})
