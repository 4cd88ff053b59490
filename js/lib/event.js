(function (use, native) {
  const { DOMException } = use("domexception");
  const { report, now } = native;
  let dispatch, add;

  class Event {
    #type;
    #init;
    #prevented = false;
    #stopped = false; // for the listeners that are left
    #propagates = true;
    #target = null;
    #running = false;
    #timeStamp = now();

    constructor(type, init = undefined) {
      if (arguments.length === 0) throw Object.assign(new TypeError("the type of the event must be given"), { code: "ERR_MISSING_ARGS" });
      if (init !== undefined && init !== null && typeof init !== "object") throw Object.assign(new TypeError("the options must be an object"), { code: "ERR_INVALID_ARG_TYPE" });
      this.#type = `${type}`;
      this.#init = { bubbles: !!init?.bubbles, cancelable: !!init?.cancelable, composed: !!init?.composed };
    }
    get [Symbol.toStringTag]() { return "Event"; }
    get type() { return this.#type; }
    get target() { return this.#target; }
    get srcElement() { return this.#target; }
    get currentTarget() { return this.#running ? this.#target : null; }
    get eventPhase() { return this.#running ? 2 : 0; }
    get bubbles() { return this.#init.bubbles; }
    get cancelable() { return this.#init.cancelable; }
    get composed() { return this.#init.composed; }
    get defaultPrevented() { return this.#prevented; }
    get returnValue() { return !this.#prevented; }
    get cancelBubble() { return !this.#propagates; }
    get isTrusted() { return false; }
    get timeStamp() { return this.#timeStamp; }
    composedPath() { return this.#running ? [this.#target] : []; }
    preventDefault() { if (this.#init.cancelable) this.#prevented = true; }
    stopPropagation() { this.#propagates = false; }
    stopImmediatePropagation() { this.#stopped = true; this.#propagates = false; }

    static {
      dispatch = (event, target, listeners, remove) => {
        if (event.#running) throw new DOMException("The event is already being dispatched", "InvalidStateError");
        event.#target = target;
        event.#running = true;
        for (const l of listeners) {
          if (event.#stopped) break;
          if (l.removed) continue;
          if (l.once) remove(l);
          try {
            if (typeof l.listener === "function") l.listener.call(target, event);
            else l.listener.handleEvent(event);
          } catch (error) {
            report(error);
          }
        }
        event.#running = false;
        return !event.#prevented;
      };
    }
  }
  for (const [name, value] of Object.entries({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })) {
    for (const o of [Event, Event.prototype]) Object.defineProperty(o, name, { value, enumerable: true });
  }

  class CustomEvent extends Event {
    #detail;
    constructor(type, init = undefined) {
      super(type, init);
      this.#detail = init?.detail ?? null;
    }
    get [Symbol.toStringTag]() { return "CustomEvent"; }
    get detail() { return this.#detail; }
  }

  class EventTarget {
    #listeners = new Map(); // by the type

    get [Symbol.toStringTag]() { return "EventTarget"; }

    addEventListener(type, listener, options = undefined) {
      if (arguments.length < 2) throw Object.assign(new TypeError("a type and a listener must be given"), { code: "ERR_MISSING_ARGS" });
      if (listener === null || listener === undefined) return;
      if (typeof listener !== "function" && typeof listener !== "object") throw Object.assign(new TypeError("the listener must be a function or an object with handleEvent"), { code: "ERR_INVALID_ARG_TYPE" });
      type = `${type}`;
      const object = typeof options === "object" && options !== null;
      const capture = object ? !!options.capture : !!options;
      const signal = object ? options.signal : undefined;
      if (signal?.aborted) return;
      const list = this.#listeners.get(type) ?? [];
      if (list.some((l) => l.listener === listener && l.capture === capture)) return;
      const added = { type, listener, capture, once: object && !!options.once, removed: false };
      list.push(added);
      this.#listeners.set(type, list);
      signal?.addEventListener("abort", () => this.#remove(added), { once: true });
    }
    removeEventListener(type, listener, options = undefined) {
      if (arguments.length < 2) throw Object.assign(new TypeError("a type and a listener must be given"), { code: "ERR_MISSING_ARGS" });
      const capture = typeof options === "object" && options !== null ? !!options.capture : !!options;
      const found = this.#listeners.get(`${type}`)?.find((l) => l.listener === listener && l.capture === capture);
      if (found) this.#remove(found);
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw Object.assign(new TypeError("what is dispatched must be an Event"), { code: "ERR_INVALID_ARG_TYPE" });
      return dispatch(event, this, this.#listeners.get(event.type)?.slice() ?? [], (l) => this.#remove(l));
    }
    #remove(l) {
      l.removed = true;
      this.#listeners.set(l.type, this.#listeners.get(l.type).filter((other) => other !== l));
    }
  }

  return { Event, CustomEvent, EventTarget };
})
