(function () {
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
  const space = " \t\r\n";

  function checkName(name) {
    name = String(name);
    if (!token.test(name)) throw new TypeError(JSON.stringify(name.slice(0, 64)) + " is not the name of a header");
    return name.toLowerCase();
  }

  // checkValue returns a value without the white space around it. What would make
  // another header, or another request, of it is refused.
  function checkValue(name, value) {
    value = String(value);
    let start = 0, end = value.length;
    while (start < end && space.includes(value[start])) start++;
    while (start < end && space.includes(value[end - 1])) end--;
    value = value.slice(start, end);
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw new TypeError(`the value of the header ${name} has a control character in it`);
    if (/[^\0-\xff]/.test(value)) throw new TypeError(`the value of the header ${name} has a character above U+00FF in it, which headers cannot carry`);
    return value;
  }

  let listOf, received;

  class Headers {
    #list = []; // [name, value], in the order in which they came
    #immutable = false;

    constructor(init) {
      if (init === undefined) return;
      if (init === null || typeof init !== "object") throw new TypeError("headers must be an object, an array of [name, value], or Headers");
      if (typeof init[Symbol.iterator] !== "function") {
        for (const name of Object.keys(init)) this.append(name, init[name]);
        return;
      }
      for (const item of init) {
        const pair = [...item];
        if (pair.length !== 2) throw new TypeError("an entry of headers must be [name, value]");
        this.append(pair[0], pair[1]);
      }
    }
    get [Symbol.toStringTag]() { return "Headers"; }

    append(name, value) {
      name = this.#change(name);
      this.#list.push([name, checkValue(name, value)]);
    }
    delete(name) {
      name = this.#change(name);
      this.#list = this.#list.filter((h) => h[0] !== name);
    }
    set(name, value) {
      name = this.#change(name);
      value = checkValue(name, value);
      const first = this.#list.find((h) => h[0] === name);
      if (first === undefined) {
        this.#list.push([name, value]);
        return;
      }
      this.#list = this.#list.filter((h) => h === first || h[0] !== name);
      first[1] = value;
    }
    get(name) {
      const values = this.#values(checkName(name));
      return values.length === 0 ? null : values.join(", ");
    }
    getSetCookie() { return this.#values("set-cookie"); }
    has(name) { return this.#values(checkName(name)).length > 0; }

    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    *entries() {
      for (const name of [...new Set(this.#list.map((h) => h[0]))].sort()) {
        if (name !== "set-cookie") yield [name, this.#values(name).join(", ")];
        else for (const value of this.#values(name)) yield [name, value];
      }
    }
    *keys() { for (const [name] of this.entries()) yield name; }
    *values() { for (const [, value] of this.entries()) yield value; }
    [Symbol.iterator]() { return this.entries(); }

    #values(name) { return this.#list.filter((h) => h[0] === name).map((h) => h[1]); }
    #change(name) {
      if (this.#immutable) throw new TypeError("the headers of a response that was received cannot be changed: make a new Headers of them");
      return checkName(name);
    }

    static {
      listOf = (headers) => headers.#list;
      received = (list) => {
        const headers = new Headers();
        headers.#list = list.map(([name, value]) => [name.toLowerCase(), value]);
        headers.#immutable = true;
        return headers;
      };
    }
  }
  return { Headers, listOf, received, isToken: (s) => token.test(s) };
})
