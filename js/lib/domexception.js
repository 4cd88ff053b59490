(function () {
  const codes = { InvalidCharacterError: 5, TypeMismatchError: 17, QuotaExceededError: 22 };

  class DOMException extends Error {
    #name;
    constructor(message = "", name = "Error") {
      super(`${message}`);
      this.#name = `${name}`;
    }
    get name() { return this.#name; }
    get code() { return Object.hasOwn(codes, this.#name) ? codes[this.#name] : 0; }
    get [Symbol.toStringTag]() { return "DOMException"; }
  }
  return { DOMException };
})
