(function (use, native) {
  const { Buffer, octets } = use("buffer");
  const { TextDecoder } = use("encoding");

  // What of the octets is left for the next time: of UTF-16 a unit that is not
  // complete or begins a pair, of base64 what does not make three octets.
  const rests = {
    utf16le(buffer) {
      let end = buffer.length & ~1;
      if (end >= 2 && (buffer[end - 1] & 0xfc) === 0xd8) end -= 2;
      return end;
    },
    base64: (buffer) => buffer.length - buffer.length % 3,
  };
  rests.base64url = rests.base64;
  const names = { "utf-8": "utf8", "utf-16le": "utf16le", ucs2: "utf16le", "ucs-2": "utf16le", binary: "latin1" };

  class StringDecoder {
    #text = null; // for UTF-8
    #rest = Buffer.alloc(0);
    constructor(encoding = "utf8") {
      const name = `${encoding}`.toLowerCase();
      if (!Buffer.isEncoding(name)) throw native.coded("TypeError", "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${encoding}`);
      this.encoding = names[name] ?? name;
      if (this.encoding === "utf8") this.#text = new TextDecoder("utf-8", { ignoreBOM: true });
    }
    write(input) {
      if (typeof input === "string") return input;
      if (!ArrayBuffer.isView(input)) throw native.invalidType("buf", "an instance of Buffer, TypedArray, or DataView", input);
      input = octets(input);
      if (this.#text !== null) return this.#text.decode(input, { stream: true });
      const buffer = Buffer.concat([this.#rest, Buffer.from(input.buffer, input.byteOffset, input.byteLength)]);
      const end = rests[this.encoding]?.(buffer) ?? buffer.length;
      this.#rest = Buffer.from(buffer.subarray(end));
      return buffer.toString(this.encoding, 0, end);
    }
    end(input) {
      const text = input === undefined ? "" : this.write(input);
      if (this.#text !== null) return text + this.#text.decode();
      const rest = this.#rest;
      this.#rest = Buffer.alloc(0);
      return text + rest.toString(this.encoding);
    }
  }
  return { StringDecoder };
})
