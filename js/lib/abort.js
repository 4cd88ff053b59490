(function (use, native) {
  const { DOMException } = use("domexception");
  const { Event, EventTarget } = use("event");
  const { setTimeout } = native;
  const secret = {}; // what only this file can construct a signal with
  let fire;

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    #onabort = null;

    constructor(key) {
      if (key !== secret) throw Object.assign(new TypeError("Illegal constructor"), { code: "ERR_ILLEGAL_CONSTRUCTOR" });
      super();
    }
    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    get [Symbol.toStringTag]() { return "AbortSignal"; }

    // The handler has its turn from when it was first set.
    get onabort() { return this.#onabort?.handler ?? null; }
    set onabort(handler) {
      if (typeof handler !== "function") handler = null;
      if (this.#onabort === null) {
        if (handler === null) return;
        const slot = this.#onabort = { handler };
        this.addEventListener("abort", (event) => slot.handler?.call(this, event));
      }
      this.#onabort.handler = handler;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }

    static abort(reason) {
      const signal = new AbortSignal(secret);
      fire(signal, reason);
      return signal;
    }
    static timeout(ms) {
      if (!(Number.isFinite(ms) && ms >= 0)) throw Object.assign(new RangeError("AbortSignal.timeout: the delay must be a number of milliseconds, of 0 or more"), { code: "ERR_OUT_OF_RANGE" });
      const signal = new AbortSignal(secret);
      setTimeout(() => fire(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError")), ms);
      return signal;
    }
    static any(signals) {
      const any = new AbortSignal(secret);
      for (const signal of [...signals]) {
        if (!(signal instanceof AbortSignal)) throw Object.assign(new TypeError("AbortSignal.any: each of them must be an AbortSignal"), { code: "ERR_INVALID_ARG_TYPE" });
        if (signal.aborted) fire(any, signal.reason);
        else signal.addEventListener("abort", () => fire(any, signal.reason), { once: true });
      }
      return any;
    }
    static {
      fire = (signal, reason = new DOMException("This operation was aborted", "AbortError")) => {
        if (signal.#aborted) return;
        signal.#aborted = true;
        signal.#reason = reason;
        signal.dispatchEvent(new Event("abort"));
      };
    }
  }

  class AbortController {
    #signal = new AbortSignal(secret);
    get signal() { return this.#signal; }
    get [Symbol.toStringTag]() { return "AbortController"; }
    abort(reason) { fire(this.#signal, reason); }
  }

  function make() {
    const signal = new AbortSignal(secret);
    return [signal, (reason) => fire(signal, reason)];
  }
  return { AbortController, AbortSignal, make };
})
