(function (use, native) {
  const { octets } = use("buffer");

  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(input = "") { return native.encode(input); }
    encodeInto(src, dest) { return native.encodeInto(src, dest); }
    get [Symbol.toStringTag]() { return "TextEncoder"; }
  }

  class TextDecoder {
    #encoding;
    #decode;
    #fatal;
    #ignoreBOM;
    constructor(label = "utf-8", options) {
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
      const made = native.decoder(label, this.#fatal, this.#ignoreBOM);
      this.#encoding = made[0];
      this.#decode = made[1];
    }
    get encoding() { return this.#encoding; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input, options) {
      const decode = this.#decode;
      return decode(octets(input), options?.stream);
    }
    get [Symbol.toStringTag]() { return "TextDecoder"; }
  }

  const text = { TextEncoder: ["encode", "encodeInto", "encoding"], TextDecoder: ["decode", "encoding", "fatal", "ignoreBOM"] };
  const classes = { TextEncoder, TextDecoder };
  for (const name in text) { // as the web has them
    for (const member of text[name]) Object.defineProperty(classes[name].prototype, member, { enumerable: true });
  }

  const { DOMException } = use("domexception");
  const invalid = (message) => new DOMException(message, "InvalidCharacterError");

  function atob(input) {
    if (arguments.length === 0) throw missing();
    const text = native.atob(`${input}`);
    if (text === undefined) throw invalid("The string to be decoded is not correctly encoded.");
    return text;
  }

  function btoa(input) {
    if (arguments.length === 0) throw missing();
    const text = native.btoa(`${input}`);
    if (text === undefined) throw invalid("Invalid character");
    return text;
  }

  const missing = () => Object.assign(new TypeError('The "input" argument must be specified'), { code: "ERR_MISSING_ARGS" });

  return { TextEncoder, TextDecoder, atob, btoa, isUtf8: (input) => native.isUtf8(octets(input)), isAscii: (input) => native.isAscii(octets(input)) };
})
