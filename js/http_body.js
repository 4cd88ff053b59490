(function (native) {
  // A source gives octets: read() is a promise of some of them, or of null at the
  // end, and cancel() ends it. max is how many may be gathered. Those of a source
  // that has them all are in octets.
  //
  // A flow is a source and who uses it: { source, disturbed, reader }.
  const secret = {}; // what only the bindings can construct these classes with
  const usual = 64 * 1024 * 1024;

  const flowFrom = (source) => ({ source, disturbed: false, reader: null });

  function flowOfOctets(octets) {
    let rest = octets.length > 0 ? octets : null;
    return flowFrom({
      max: usual,
      octets,
      async read() {
        const part = rest;
        rest = null;
        return part;
      },
      cancel() { rest = null; },
    });
  }

  function checkKey(key) {
    if (key !== secret) throw new TypeError("Illegal constructor");
  }

  function checkUnused(flow) {
    if (flow.disturbed) throw new TypeError("Body is unusable: Body has already been read");
    if (flow.reader !== null) throw new TypeError("Body is unusable: its stream is locked");
  }

  // placed does what may fail later, when no script is running, and has the error
  // tell where the script asked for it: where placed is called.
  async function placed(action) {
    const failure = native.failure();
    try {
      return await action();
    } catch (error) {
      throw native.placed(failure, error);
    }
  }

  class Reader {
    #flow;
    constructor(key, flow) {
      checkKey(key);
      if (flow.reader !== null) throw new TypeError("the stream is locked: another reader has it");
      flow.reader = this;
      this.#flow = flow;
    }
    get [Symbol.toStringTag]() { return "ReadableStreamDefaultReader"; }
    async read() {
      const flow = this.#used();
      const value = await placed(() => flow.source.read());
      return value === null ? { value: undefined, done: true } : { value, done: false };
    }
    async cancel() { this.#used().source.cancel(); }
    releaseLock() {
      if (this.#flow !== null) this.#flow.reader = null;
      this.#flow = null;
    }
    #used() {
      if (this.#flow === null) throw new TypeError("the reader has released its stream");
      this.#flow.disturbed = true;
      return this.#flow;
    }
  }

  let flowOfStream;

  class ReadableStream {
    #flow;
    constructor(key, flow) {
      checkKey(key);
      this.#flow = flow;
    }
    static { flowOfStream = (stream) => stream.#flow; }
    get [Symbol.toStringTag]() { return "ReadableStream"; }
    get locked() { return this.#flow.reader !== null; }
    getReader(options) {
      if (options?.mode !== undefined) throw new TypeError("readers with a mode are not available: call getReader without one");
      return new Reader(secret, this.#flow);
    }
    async cancel() {
      const reader = this.getReader();
      await reader.cancel();
      reader.releaseLock();
    }
    tee() {
      if (this.locked) throw new TypeError("the stream is locked: another reader has it");
      return teeFlow(this.#flow).map((flow) => new ReadableStream(secret, flow));
    }
    pipeTo() { throw new TypeError("pipeTo is not available: read from getReader()"); }
    pipeThrough() { throw new TypeError("pipeThrough is not available: read from getReader()"); }
    [Symbol.asyncIterator]() { // for await, as TypeScript and bundlers lower it
      const reader = this.getReader();
      return {
        async next() {
          const result = await reader.read();
          if (result.done) reader.releaseLock();
          return result;
        },
        async return(value) {
          await reader.cancel();
          reader.releaseLock();
          return { value, done: true };
        },
        [Symbol.asyncIterator]() { return this; },
      };
    }
  }

  // teeFlow makes two flows of one. What one of them has been given and the other
  // has not read is kept, up to the source's max.
  function teeFlow(flow) {
    flow.reader = secret; // for good
    const { source } = flow;
    let ended = false, failed = false, failure, reading = null;
    const branches = [];
    const read = () => reading ??= source.read().then((part) => {
      reading = null;
      if (part === null) ended = true;
      else for (const branch of branches) branch.give(part);
    }, (error) => {
      reading = null;
      failed = true;
      failure = error;
    });
    const branch = (copy) => {
      let parts = [], size = 0, over = false, cancelled = false, last = Promise.resolve();
      const take = async () => {
        for (;;) {
          if (cancelled) return null;
          if (over) throw native.tooLarge(source.max);
          if (parts.length > 0) {
            const part = parts.shift();
            size -= part.length;
            return part;
          }
          if (failed) throw failure;
          if (ended) return null;
          await read();
        }
      };
      const self = {
        give(part) {
          if (cancelled || over) return;
          if ((size += part.length) > source.max) {
            over = true;
            parts = [];
          } else parts.push(copy ? part.slice() : part);
        },
        flow: flowFrom({
          max: source.max,
          read() {
            const next = last.then(take);
            last = next.catch(() => {});
            return next;
          },
          cancel() {
            cancelled = true;
            parts = [];
            if (branches.every((b) => b.cancelled())) source.cancel();
          },
        }),
        cancelled: () => cancelled,
      };
      branches.push(self);
      return self.flow;
    };
    return [branch(false), branch(true)];
  }

  // collect reads a flow to its end.
  async function collect(flow) {
    checkUnused(flow);
    flow.disturbed = true;
    flow.reader = secret;
    let all = null, size = 0;
    for (let part; (part = await flow.source.read()) !== null; ) {
      if (size + part.length > flow.source.max) {
        flow.source.cancel();
        throw native.tooLarge(flow.source.max);
      }
      if (all === null) all = part;
      else {
        if (size + part.length > all.length) {
          const larger = new Uint8Array(Math.max(2 * all.length, size + part.length));
          larger.set(all.subarray(0, size));
          all = larger;
        }
        all.set(part, size);
      }
      size += part.length;
    }
    if (all === null) return new Uint8Array(0);
    return size === all.length ? all : all.slice(0, size);
  }

  let flowOf, setFlow;

  class Body {
    #flow; // null if there is no body
    #stream = null;
    constructor(key, flow, stream = null) {
      checkKey(key);
      this.#flow = flow;
      this.#stream = stream;
    }
    static {
      flowOf = (body) => body.#flow;
      setFlow = (body, flow) => {
        body.#flow = flow;
        body.#stream = null;
      };
    }
    get body() {
      if (this.#flow === null) return null;
      return this.#stream ??= new ReadableStream(secret, this.#flow);
    }
    get bodyUsed() { return this.#flow !== null && this.#flow.disturbed; }
    async bytes() { return this.#flow === null ? new Uint8Array(0) : placed(() => collect(this.#flow)); }
    async arrayBuffer() { return (await this.bytes()).buffer; }
    async text() { return native.decode(await this.bytes()); }
    async json() { return placed(async () => JSON.parse(await this.text())); }
    async blob() { throw new TypeError("blob() is not available: use bytes() or arrayBuffer()"); }
    async formData() { throw new TypeError("formData() is not available: use text()"); }
  }

  // split returns the flow for a clone of body.
  function split(body) {
    const flow = flowOf(body);
    if (flow === null) return null;
    checkUnused(flow);
    if (flow.source.octets !== undefined) return flowOfOctets(flow.source.octets.slice());
    const [own, other] = teeFlow(flow);
    setFlow(body, own);
    return other;
  }

  // extract returns what a script gives as a body: its flow, null if there is none,
  // its type, null if that is not clear, and its stream, if it was one.
  function extract(value) {
    if (value === null || value === undefined) return { flow: null, type: null, stream: null };
    const made = (octets, type) => ({ flow: flowOfOctets(octets), type, stream: null });
    if (typeof value !== "object" && typeof value !== "function") return made(native.encode(String(value)), "text/plain;charset=UTF-8");
    if (value instanceof ReadableStream) {
      const flow = flowOfStream(value);
      checkUnused(flow);
      return { flow, type: null, stream: value };
    }
    if (ArrayBuffer.isView(value)) return made(new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice(), null);
    if (value instanceof ArrayBuffer) return made(new Uint8Array(value.slice(0)), null);
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    if (tag === "String") return made(native.encode(String(value)), "text/plain;charset=UTF-8");
    if (tag === "URLSearchParams") return made(native.encode(String(value)), "application/x-www-form-urlencoded;charset=UTF-8");
    throw new TypeError(`a body must be a string, octets, URLSearchParams or the body of a response, not ${tag === "Object" ? "an object: use JSON.stringify" : tag}`);
  }

  return { Body, secret, extract, split, collect, checkUnused, flowFrom, flowOf, setFlow };
})
