(function (report, setTimeout) {
  const secret = {}; // what only this file can construct a signal with

  function abortError(message, name) {
    const error = new Error(message);
    Object.defineProperty(error, "name", { value: name, writable: true, configurable: true });
    return error;
  }

  class AbortSignal {
    #aborted = false;
    #reason = undefined;
    #listeners = [];
    onabort = null;

    constructor(key) {
      if (key !== secret) throw new TypeError("Illegal constructor");
    }
    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    get [Symbol.toStringTag]() { return "AbortSignal"; }

    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }
    addEventListener(type, listener, options) {
      if (type !== "abort" || listener == null) return;
      if (this.#listeners.some((l) => l.listener === listener)) return;
      this.#listeners.push({ listener, once: !!(options && options.once) });
    }
    removeEventListener(type, listener) {
      if (type !== "abort") return;
      this.#listeners = this.#listeners.filter((l) => l.listener !== listener);
    }
    dispatchEvent(event) {
      if (event.type === "abort" && typeof this.onabort === "function") this.#call(this.onabort, event);
      for (const l of this.#listeners.slice()) {
        if (event.type !== "abort" || !this.#listeners.includes(l)) continue;
        if (l.once) this.removeEventListener("abort", l.listener);
        if (typeof l.listener === "function") this.#call(l.listener, event);
        else this.#call((event) => l.listener.handleEvent(event), event);
      }
      return true;
    }
    #call(listener, event) {
      try {
        listener.call(this, event);
      } catch (error) {
        report(error);
      }
    }

    static fire(key, signal, reason) {
      if (key !== secret || signal.#aborted) return;
      signal.#aborted = true;
      signal.#reason = reason === undefined ? abortError("This operation was aborted", "AbortError") : reason;
      signal.dispatchEvent({ type: "abort", target: signal, currentTarget: signal });
    }
    static abort(reason) {
      const signal = new AbortSignal(secret);
      fire(signal, reason);
      return signal;
    }
    static timeout(ms) {
      const signal = new AbortSignal(secret);
      setTimeout(() => fire(signal, abortError("The operation was aborted due to timeout", "TimeoutError")), ms);
      return signal;
    }
    static any(signals) {
      const any = new AbortSignal(secret);
      for (const signal of signals) {
        if (signal.aborted) fire(any, signal.reason);
        else signal.addEventListener("abort", () => fire(any, signal.reason), { once: true });
      }
      return any;
    }
  }
  const fireSecret = AbortSignal.fire;
  delete AbortSignal.fire;
  const fire = (signal, reason) => fireSecret(secret, signal, reason);

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
