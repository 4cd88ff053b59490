(function (use, native) {
  const { iterator, toStringTag } = Symbol;
  const inspect = Symbol.for("nodejs.util.inspect.custom");
  const { parse, set, parseForm, formatForm, wellFormed } = native;
  const usv = (value) => wellFormed(`${value}`);

  function pairs(flat) {
    const list = [];
    for (let i = 0; i < flat.length; i += 2) list.push([flat[i], flat[i + 1]]);
    return list;
  }

  function need(given, count, what) {
    if (given < count) throw Object.assign(new TypeError(`${what} must be given`), { code: "ERR_MISSING_ARGS" });
  }

  let attach, refill, isParams;

  class URLSearchParams {
    #list = [];
    #changed = null; // tells the URL that these are the parameters of

    constructor(init = undefined) {
      if (init === undefined || init === null) return;
      if (typeof init !== "object" && typeof init !== "function") {
        const text = usv(init);
        this.#list = pairs(parseForm(text[0] === "?" ? text.slice(1) : text));
      } else if (isParams(init) && init[iterator] === URLSearchParams.prototype[iterator]) {
        this.#list = init.#list.map((pair) => [...pair]);
      } else if (init[iterator] !== undefined && init[iterator] !== null) {
        for (const item of init) {
          const pair = item === null || typeof item !== "object" && typeof item !== "function" || !item[iterator] ? [] : [...item];
          if (pair.length !== 2) throw Object.assign(new TypeError("each query pair must be an iterable [name, value] tuple"), { code: "ERR_INVALID_TUPLE" });
          this.#list.push([usv(pair[0]), usv(pair[1])]);
        }
      } else {
        const record = new Map(); // names that are the same once they are well-formed count once
        for (const key of Reflect.ownKeys(init)) {
          if (Object.getOwnPropertyDescriptor(init, key)?.enumerable) record.set(usv(key), usv(init[key]));
        }
        this.#list = [...record];
      }
    }
    get [toStringTag]() { return "URLSearchParams"; }
    get size() { return this.#list.length; }

    append(name, value) {
      need(arguments.length, 2, "a name and a value");
      this.#list.push([usv(name), usv(value)]);
      this.#update();
    }
    delete(name, value) {
      need(arguments.length, 1, "a name");
      this.#list = this.#list.filter(this.#unlike(name, value));
      this.#update();
    }
    get(name) {
      need(arguments.length, 1, "a name");
      name = usv(name);
      const pair = this.#list.find((pair) => pair[0] === name);
      return pair === undefined ? null : pair[1];
    }
    getAll(name) {
      need(arguments.length, 1, "a name");
      name = usv(name);
      return this.#list.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }
    has(name, value) {
      need(arguments.length, 1, "a name");
      return !this.#list.every(this.#unlike(name, value));
    }
    set(name, value) {
      need(arguments.length, 2, "a name and a value");
      name = usv(name);
      value = usv(value);
      const first = this.#list.find((pair) => pair[0] === name);
      if (first === undefined) this.#list.push([name, value]);
      else {
        first[1] = value;
        this.#list = this.#list.filter((pair) => pair === first || pair[0] !== name);
      }
      this.#update();
    }
    sort() {
      this.#list.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
      this.#update();
    }
    forEach(callback, self = undefined) {
      if (typeof callback !== "function") throw Object.assign(new TypeError("the callback must be a function"), { code: "ERR_INVALID_ARG_TYPE" });
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *#each(what) { for (let i = 0; i < this.#list.length; i++) yield what(this.#list[i]); }
    entries() { return this.#each((pair) => [...pair]); }
    keys() { return this.#each((pair) => pair[0]); }
    values() { return this.#each((pair) => pair[1]); }
    toString() { return formatForm(this.#list.flat()); }

    #unlike(name, value) {
      name = usv(name);
      if (value === undefined) return (pair) => pair[0] !== name;
      value = usv(value);
      return (pair) => pair[0] !== name || pair[1] !== value;
    }
    #update() { this.#changed?.(this.toString()); }

    [inspect]() { return "URLSearchParams { " + this.#list.map(([name, value]) => `'${name}' => '${value}'`).join(", ") + " }"; }

    static {
      isParams = (o) => { try { return Array.isArray(o.#list) } catch { return false } };
      attach = (params, changed) => { params.#changed = changed; };
      refill = (params, search) => { params.#list = pairs(parseForm(search.slice(1))); };
      Object.defineProperty(this.prototype, iterator, { value: this.prototype.entries, writable: true, configurable: true });
    }
  }

  function parts(input, base) {
    const found = parse(usv(input), base === undefined ? undefined : usv(base));
    if (typeof found !== "string") return found;
    const shown = JSON.stringify(usv(input).slice(0, 200));
    return Object.assign(new TypeError(`Invalid URL: ${shown}: ${found}`), { code: "ERR_INVALID_URL", input: usv(input), ...(base === undefined ? {} : { base: usv(base) }) });
  }

  const names = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];

  class URL {
    #parts;
    #params = null;

    constructor(input, base = undefined) {
      need(arguments.length, 1, "a URL");
      const found = parts(input, base);
      if (found instanceof TypeError) throw found;
      this.#parts = found;
    }
    static canParse(input, base = undefined) {
      need(arguments.length, 1, "a URL");
      return typeof parse(usv(input), base === undefined ? undefined : usv(base)) !== "string";
    }
    static parse(input, base = undefined) {
      need(arguments.length, 1, "a URL");
      return URL.canParse(input, base) ? new URL(input, base) : null;
    }
    get [toStringTag]() { return "URL"; }
    get searchParams() {
      if (this.#params === null) {
        this.#params = new URLSearchParams();
        refill(this.#params, this.#parts[9]);
        attach(this.#params, (text) => { this.#parts = set(this.#parts[0], "search", text); });
      }
      return this.#params;
    }
    toString() { return this.#parts[0]; }
    toJSON() { return this.#parts[0]; }
    [inspect](depth, options) {
      return "URL " + use("util").inspect(Object.fromEntries(names.map((name) => [name, this[name]])), options);
    }

    static {
      names.forEach((name, i) => {
        const property = Object.getOwnPropertyDescriptor({
          get [name]() { return this.#parts[i]; },
          set [name](value) {
            if (name === "href") {
              const found = parts(value);
              if (found instanceof TypeError) throw found;
              this.#parts = found;
            } else this.#parts = set(this.#parts[0], name, usv(value));
            if (this.#params !== null && (name === "href" || name === "search")) refill(this.#params, this.#parts[9]);
          },
        }, name);
        if (name === "origin") delete property.set;
        Object.defineProperty(this.prototype, name, { ...property, enumerable: true });
      });
      for (const name of ["toString", "toJSON", "searchParams"]) Object.defineProperty(this.prototype, name, { enumerable: true });
    }
  }

  return { URL, URLSearchParams };
})
