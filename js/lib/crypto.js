(function (use, native) {
  const { Buffer, octets } = use("buffer");
  const { DOMException } = use("domexception");
  const { isView } = ArrayBuffer;
  const { setImmediate } = globalThis;
  const { floor } = Math;

  const finalized = () => native.coded("Error", "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
  const views = "of type string or an instance of Buffer, TypedArray, or DataView";
  const secret = {}; // what only this file can construct these classes with

  function checkText(name, value) {
    if (typeof value !== "string") throw native.invalidType(name, "of type string", value);
  }

  class Hash {
    #update;
    #digest;
    #copy;
    #ended = false;
    constructor(key, [update, digest, copy]) {
      if (key !== secret) throw new TypeError("Illegal constructor");
      this.#update = update;
      this.#digest = digest;
      this.#copy = copy;
    }
    update(data, encoding) {
      if (this.#ended) throw finalized();
      if (typeof data !== "string" && !isView(data)) throw native.invalidType("data", views, data);
      const update = this.#update;
      update(octets(data), encoding);
      return this;
    }
    digest(encoding) {
      if (this.#ended) throw finalized();
      const digest = this.#digest;
      const result = digest(encoding);
      this.#ended = true;
      return result;
    }
    copy() {
      if (this.#ended) throw finalized();
      const copy = this.#copy;
      return new Hash(secret, copy());
    }
  }

  class Hmac {
    #update;
    #digest;
    #ended = false;
    constructor(key, [update, digest]) {
      if (key !== secret) throw new TypeError("Illegal constructor");
      this.#update = update;
      this.#digest = digest;
    }
    update(data, encoding) {
      if (this.#ended) throw finalized();
      if (typeof data !== "string" && !isView(data)) throw native.invalidType("data", views, data);
      const update = this.#update;
      update(octets(data), encoding);
      return this;
    }
    digest(encoding) {
      if (this.#ended) return encoding && encoding !== "buffer" ? "" : Buffer.alloc(0);
      const digest = this.#digest;
      const result = digest(encoding);
      this.#ended = true;
      return result;
    }
  }

  function createHash(algorithm) {
    checkText("algorithm", algorithm);
    const state = native.hash(algorithm);
    if (state === undefined) {
      throw new Error(`Digest method not supported: ${algorithm}; there are ${native.hashes().join(", ")}`);
    }
    return new Hash(secret, state);
  }

  function createHmac(algorithm, key, options) {
    checkText("hmac", algorithm);
    if (typeof key !== "string" && !isView(key) && !(key instanceof ArrayBuffer)) {
      throw native.invalidType("key", "of type string or an instance of ArrayBuffer, Buffer, TypedArray, or DataView", key);
    }
    const state = native.hmac(algorithm, octets(key), options?.encoding);
    if (state === undefined) throw native.coded("TypeError", "ERR_CRYPTO_INVALID_DIGEST", `Invalid digest: ${algorithm}`);
    return new Hmac(secret, state);
  }

  function hash(algorithm, input, outputEncoding = "hex") {
    return createHash(algorithm).update(input).digest(outputEncoding);
  }

  // later calls callback with what make returns, as Node does, if there is one.
  function later(callback, result) {
    if (callback === undefined) return result;
    setImmediate(callback, null, result);
  }

  function checkCallback(callback) {
    if (callback !== undefined && typeof callback !== "function") throw native.invalidType("callback", "of type function", callback);
  }

  function randomBytes(size, callback) {
    if (typeof size !== "number") throw native.invalidType("size", "of type number", size);
    if (!(size >= 0 && size <= 2 ** 31 - 1)) throw native.outOfRange("size", ">= 0 && <= 2147483647", size);
    checkCallback(callback);
    return later(callback, native.random(Buffer.alloc(size)));
  }

  function randomFillSync(view, offset = 0, size) {
    if (!isView(view)) throw native.invalidType("buf", "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", view);
    const unit = view.BYTES_PER_ELEMENT ?? 1;
    const most = view.byteLength / unit;
    if (typeof offset !== "number") throw native.invalidType("offset", "of type number", offset);
    if (!(offset >= 0 && offset <= most)) throw native.outOfRange("offset", `>= 0 && <= ${most}`, offset);
    if (size === undefined) size = most - offset;
    if (typeof size !== "number") throw native.invalidType("size", "of type number", size);
    if (!(size >= 0 && size + offset <= most)) throw native.outOfRange("size + offset", `<= ${most}`, size + offset);
    native.random(new Uint8Array(view.buffer, view.byteOffset + floor(offset) * unit, floor(size) * unit));
    return view;
  }

  function randomInt(low, high, callback) {
    if (high === undefined || typeof high === "function") {
      callback = high;
      high = low;
      low = 0;
    }
    checkCallback(callback);
    if (!Number.isSafeInteger(low)) throw native.invalidType("min", "a safe integer", low);
    if (!Number.isSafeInteger(high)) throw native.invalidType("max", "a safe integer", high);
    if (high <= low) throw native.outOfRange("max", `greater than the value of "min" (${low})`, high);
    const range = high - low;
    if (!(range <= 2 ** 48 - 1)) throw native.outOfRange("max - min", "<= 281474976710655", range);
    const limit = 2 ** 48 - (2 ** 48 % range); // what is beyond would favour low numbers
    for (;;) {
      const n = native.random(Buffer.alloc(6)).readUIntBE(0, 6);
      if (n < limit) return later(callback, low + n % range);
    }
  }

  function getRandomValues(view) {
    if (!isView(view) || view instanceof DataView || view instanceof Float32Array || view instanceof Float64Array) {
      throw new DOMException("The data argument must be an integer-type TypedArray", "TypeMismatchError");
    }
    if (view.byteLength > 65536) {
      throw new DOMException(`The requested length exceeds 65,536 bytes`, "QuotaExceededError");
    }
    return native.random(view);
  }

  function randomUUID() { return native.uuid(); }

  function timingSafeEqual(buf1, buf2) {
    for (const [name, value] of [["buf1", buf1], ["buf2", buf2]]) {
      if (!isView(value) && !(value instanceof ArrayBuffer)) {
        throw native.invalidType(name, "an instance of ArrayBuffer, Buffer, TypedArray, or DataView", value);
      }
    }
    const equal = native.equal(octets(buf1), octets(buf2));
    if (equal === undefined) {
      throw native.coded("RangeError", "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
    }
    return equal;
  }

  const crypto = {
    createHash, createHmac, hash, getHashes: () => native.hashes(), randomBytes, randomFillSync, randomInt, randomUUID, getRandomValues, timingSafeEqual,
    Hash, Hmac,
  };
  crypto.webcrypto = crypto;
  return { crypto };
})
