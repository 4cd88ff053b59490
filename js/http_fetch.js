(function (native, { Headers, listOf, received, isToken }, { Body, secret, extract, split, collect, checkUnused, flowFrom, flowOf, setFlow }) {
  function checkInit(init) {
    if (init === undefined || init === null) return {};
    if (typeof init !== "object") throw new TypeError("the options must be an object");
    return init;
  }

  function absolute(input) {
    input = `${input}`;
    const parts = native.parseURL(input);
    let why = parts; // what is no URL has a reason instead of parts
    if (typeof parts !== "string") {
      const [href, , protocol] = parts;
      if (protocol === "http:" || protocol === "https:") return href;
      why = `it must begin with http:// or https://, not ${protocol.slice(0, 32)}`;
    }
    throw Object.assign(new TypeError(`Failed to parse URL from ${JSON.stringify(input.slice(0, 200))}: ${why}`), { code: "ERR_INVALID_URL" });
  }

  function checkMethod(method) {
    method = String(method);
    const upper = method.toUpperCase();
    if (!isToken(method)) throw new TypeError(`${JSON.stringify(method.slice(0, 64))} is not the method of a request`);
    if (["CONNECT", "TRACE", "TRACK"].includes(upper)) throw new TypeError(`the method ${upper} is not for scripts`);
    return ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].includes(upper) ? upper : method;
  }

  function checkSignal(signal) {
    if (signal === null || signal === undefined) return null;
    if (typeof signal.aborted !== "boolean" || typeof signal.addEventListener !== "function") throw new TypeError("signal must be an AbortSignal");
    return signal;
  }

  let signalOf;

  class Request extends Body {
    #url;
    #method;
    #headers;
    #redirect;
    #signal;

    constructor(input, init) {
      init = checkInit(init);
      const from = input instanceof Request ? input : null;
      const url = from ? from.#url : absolute(input);
      const method = init.method === undefined ? from?.#method ?? "GET" : checkMethod(init.method);
      const redirect = init.redirect === undefined ? from?.#redirect ?? "follow" : String(init.redirect);
      if (!["follow", "error", "manual"].includes(redirect)) throw new TypeError(`redirect must be "follow", "error" or "manual"`);
      for (const name of ["integrity", "dispatcher", "agent"]) {
        if (init[name]) throw new TypeError(`the option ${name} is not available`);
      }
      const signal = init.signal === undefined ? from?.#signal ?? null : checkSignal(init.signal);
      const headers = new Headers(init.headers ?? from?.#headers);
      let { flow, type, stream } = extract(init.body);
      const inherited = flow === null && from !== null ? flowOf(from) : null;
      if (inherited !== null) {
        checkUnused(inherited);
        flow = flowFrom(inherited.source);
      }
      if (flow !== null && (method === "GET" || method === "HEAD")) throw new TypeError("Request with GET/HEAD method cannot have body.");
      if (inherited !== null) inherited.disturbed = true;
      if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
      super(secret, flow, stream);
      this.#url = url;
      this.#method = method;
      this.#headers = headers;
      this.#redirect = redirect;
      this.#signal = signal;
    }
    get [Symbol.toStringTag]() { return "Request"; }
    get url() { return this.#url; }
    get method() { return this.#method; }
    get headers() { return this.#headers; }
    get redirect() { return this.#redirect; }
    get signal() { return this.#signal ??= native.signal(); }
    clone() {
      const flow = split(this);
      const copy = new Request(this.#url, { method: this.#method, headers: this.#headers, redirect: this.#redirect, signal: this.#signal });
      setFlow(copy, flow);
      return copy;
    }
    static { signalOf = (request) => request.#signal; }
  }
  const bodiless = (status) => status === 204 || status === 205 || status === 304;

  class Response extends Body {
    #fields;

    constructor(body, init) {
      if (body === secret) {
        super(secret, init.flow);
        this.#fields = init;
        return;
      }
      init = checkInit(init);
      const status = init.status === undefined ? 200 : Number(init.status);
      if (!(Number.isInteger(status) && status >= 200 && status <= 599)) throw new RangeError("the status of a response must be 200 to 599");
      const statusText = init.statusText === undefined ? "" : String(init.statusText);
      if (/[^\t\x20-\x7e\x80-\xff]/.test(statusText)) throw new TypeError("statusText has a character in it that it cannot have");
      const headers = new Headers(init.headers ?? undefined);
      const { flow, type, stream } = extract(body);
      if (flow !== null && bodiless(status)) throw new TypeError(`a response of status ${status} cannot have a body`);
      if (type !== null && !headers.has("content-type")) headers.set("content-type", type);
      super(secret, flow, stream);
      this.#fields = { type: "default", url: "", redirected: false, status, statusText, headers };
    }
    static json(data, init) {
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError("the value is none that JSON has");
      const headers = new Headers(init?.headers ?? undefined);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
      return new Response(text, { status: init?.status, statusText: init?.statusText, headers });
    }
    get [Symbol.toStringTag]() { return "Response"; }
    get type() { return this.#fields.type; }
    get url() { return this.#fields.url; }
    get redirected() { return this.#fields.redirected; }
    get status() { return this.#fields.status; }
    get ok() { return this.status >= 200 && this.status <= 299; }
    get statusText() { return this.#fields.statusText; }
    get headers() { return this.#fields.headers; }
    clone() {
      return new Response(secret, { ...this.#fields, headers: cloneHeaders(this.#fields), flow: split(this) });
    }
  }

  const cloneHeaders = ({ type, headers }) => type === "basic" ? received(listOf(headers)) : new Headers(headers);

  // receive makes a Response of what has come. state is shared with the listener of
  // the request's signal, which must not refer to the response: one that the script
  // has dropped is closed as garbage. finished is called when nothing can be aborted
  // any more.
  function receive(request, head, state, finished) {
    let ended = false, last = Promise.resolve();
    const end = () => {
      ended = true;
      finished();
    };
    const read = async () => {
      while (!ended) {
        if (state.aborted) throw state.reason;
        let octets, isLast;
        try {
          [octets, isLast] = await head.read();
        } catch (error) {
          head.close();
          if (!state.aborted) {
            state.aborted = true;
            state.reason = error;
          }
          finished();
          throw state.reason;
        }
        if (isLast) end();
        if (octets.length > 0) return octets;
      }
      return null;
    };
    const source = {
      max: head.max,
      read() {
        const next = last.then(read);
        last = next.catch(() => {});
        return next;
      },
      cancel() {
        if (ended) return;
        end();
        head.close();
      },
    };
    const empty = request.method === "HEAD" || bodiless(head.status);
    if (empty) source.cancel();
    return new Response(secret, {
      type: "basic", url: head.url, redirected: head.redirected, status: head.status, statusText: head.statusText,
      headers: received(head.headers), flow: empty ? null : flowFrom(source),
    });
  }

  async function fetch(input, init) {
    const request = new Request(input, init);
    const signal = signalOf(request);
    if (signal?.aborted) throw signal.reason;
    const flow = flowOf(request);
    let body = null;
    if (flow !== null) {
      body = flow.source.octets ?? await collect(flow);
      flow.disturbed = true;
      if (signal?.aborted) throw signal.reason;
    }
    const headers = listOf(request.headers).slice();
    if (!request.headers.has("accept")) headers.push(["accept", "*/*"]);
    const [opened, close] = native.open(request.method, request.url, headers, body, request.redirect);
    const state = { aborted: false, reason: undefined, reject: null };
    if (signal === null) return receive(request, await opened, state, () => {});
    const finished = listen(signal, state, close);
    return new Promise((resolve, reject) => {
      state.reject = reject;
      opened.then((head) => {
        state.reject = null;
        if (!state.aborted) resolve(receive(request, head, state, finished));
      }, (error) => {
        state.reject = null;
        finished();
        reject(error);
      });
    });
  }

  // listen gives the request up when signal fires, until the function that it
  // returns is called. What it refers to must not lead to the response.
  function listen(signal, state, close) {
    const abort = () => {
      if (state.aborted) return;
      state.aborted = true;
      state.reason = signal.reason;
      close();
      state.reject?.(signal.reason);
    };
    signal.addEventListener("abort", abort);
    return () => signal.removeEventListener("abort", abort);
  }

  return { fetch, Request, Response };
})
