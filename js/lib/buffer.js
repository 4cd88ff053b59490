(function (use, native) {
  const { construct, apply } = Reflect;
  const { Uint8Array, ArrayBuffer, DataView, Symbol } = globalThis;
  const { isArray } = Array;
  const typedArray = Object.getPrototypeOf(Uint8Array);
  const maxLength = 2 ** 32;

  // The parts of a view, whatever a script has put over them.
  const part = (of, name) => {
    const { get } = Object.getOwnPropertyDescriptor(of.prototype, name);
    return (view) => apply(get, view, []);
  };
  const bufferOf = part(typedArray, "buffer");
  const offsetOf = part(typedArray, "byteOffset");
  const lengthOf = part(typedArray, "length");
  const sizeOf = part(typedArray, "byteLength");
  const sizeOfBuffer = part(ArrayBuffer, "byteLength");
  const dataView = ["buffer", "byteOffset", "byteLength"].map((name) => part(DataView, name));

  // octets returns what the natives take for octets: a DataView as a Uint8Array,
  // all else as it is.
  function octets(value) {
    if (native.isView(value) || !ArrayBuffer.isView(value)) return value;
    return construct(Uint8Array, dataView.map((get) => get(value)));
  }

  const view = (buffer, offset, length) => construct(Uint8Array, [buffer, offset, length], Buffer);

  function Buffer(value, encodingOrOffset, length) {
    if (typeof value !== "number") return from(value, encodingOrOffset, length);
    if (typeof encodingOrOffset === "string") throw native.invalidType("string", "of type string", value);
    return native.alloc(value);
  }

  function from(value, encodingOrOffset, length) {
    if (typeof value === "string") {
      const named = typeof encodingOrOffset === "string" && encodingOrOffset !== "";
      return native.encode(value, named ? encodingOrOffset : undefined);
    }
    if (typeof value === "object" && value !== null) {
      if (native.isArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
      const primitive = value.valueOf && value.valueOf();
      if (primitive !== null && primitive !== value && (typeof primitive === "string" || typeof primitive === "object")) {
        return from(primitive, encodingOrOffset, length);
      }
      const made = fromObject(value);
      if (made !== undefined) return made;
      if (typeof value[Symbol.toPrimitive] === "function") {
        const text = value[Symbol.toPrimitive]("string");
        if (typeof text === "string") return from(text, encodingOrOffset);
      }
    }
    throw native.invalidType("first argument", "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object", value);
  }

  function fromArrayBuffer(buffer, offset, length) {
    offset = +offset || 0;
    const most = sizeOfBuffer(buffer) - offset;
    if (most < 0) throw native.outOfBounds('"offset" is outside of buffer bounds');
    if (length === undefined) length = most;
    else {
      length = +length;
      if (!(length > 0)) length = 0;
      if (length > most) throw native.outOfBounds('"length" is outside of buffer bounds');
    }
    return view(buffer, offset, length);
  }

  function fromObject(value) {
    if (native.isUint8Array(value)) return native.clone(value);
    if (value.length !== undefined || native.isArrayBuffer(value.buffer)) {
      return typeof value.length === "number" ? fromItems(value) : native.alloc(0);
    }
    if (value.type === "Buffer" && isArray(value.data)) return fromItems(value.data);
  }

  function fromItems(items) {
    const length = items.length > 0 ? Math.trunc(items.length) : 0;
    const made = native.alloc(length);
    for (let i = 0; i < length; i++) made[i] = items[i];
    return made;
  }

  function concat(list, length) {
    if (!isArray(list)) throw native.invalidType("list", "an instance of Array", list);
    if (list.length === 0) return native.alloc(0);
    if (length === undefined) {
      length = 0;
      for (let i = 0; i < list.length; i++) if (list[i]?.length) length += list[i].length;
    } else length = native.size("length", length);
    const made = native.alloc(length);
    let at = 0;
    for (let i = 0; i < list.length; i++) {
      if (!native.isUint8Array(list[i])) throw native.invalidType(`list[${i}]`, "an instance of Buffer or Uint8Array", list[i]);
      at += apply(copy, list[i], [made, at]);
    }
    return made;
  }

  const define = (target, methods) => {
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });
    }
  };

  Object.setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype);
  const proto = Buffer.prototype;
  native.open(proto);
  const { copy, fill } = proto;

  const slice = {
    subarray(start, end) {
      const length = lengthOf(this);
      const position = (value, byDefault) => {
        value = value === undefined ? byDefault : Math.trunc(+value) || 0;
        return value < 0 ? Math.max(0, value + length) : Math.min(value, length);
      };
      const first = position(start, 0);
      return view(bufferOf(this), offsetOf(this) + first, Math.max(0, position(end, length) - first));
    },
    slice(start, end) { return apply(slice.subarray, this, [start, end]); },
  };
  define(proto, slice);
  define(proto, { constructor: Buffer });
  Object.defineProperty(proto, "parent", { get() { return native.isUint8Array(this) ? bufferOf(this) : undefined; }, enumerable: true, configurable: true });
  Object.defineProperty(proto, "offset", { get() { return native.isUint8Array(this) ? offsetOf(this) : undefined; }, enumerable: true, configurable: true });

  define(Buffer, {
    from: function (value, encodingOrOffset, length) { return from(value, encodingOrOffset, length); },
    of: function of(...items) { return fromItems(items); },
    alloc: function alloc(size, value, encoding) {
      const made = native.alloc(size);
      if (value === undefined || value === 0 || size === 0) return made;
      return apply(fill, made, typeof encoding === "string" ? [value, encoding] : [value]);
    },
    allocUnsafe: function allocUnsafe(size) { return native.alloc(size); },
    allocUnsafeSlow: function allocUnsafeSlow(size) { return native.alloc(size); },
    isBuffer: function isBuffer(value) { return value instanceof Buffer; },
    isEncoding: function isEncoding(name) { return native.isEncoding(name); },
    compare: function compare(buf1, buf2) { return native.compare(buf1, buf2); },
    concat,
    byteLength: function byteLength(value, encoding) {
      if (typeof value === "string") return native.byteLength(value, encoding);
      if (native.isArrayBuffer(value)) return sizeOfBuffer(value);
      value = octets(value);
      if (native.isView(value)) return sizeOf(value);
      throw native.invalidType("string", "of type string or an instance of Buffer or ArrayBuffer", value);
    },
    poolSize: 8192,
  });
  Object.defineProperty(Buffer.from, "name", { value: "from", configurable: true });

  return { Buffer, octets, module: () => {
    const { atob, btoa } = use("encoding");
    return {
      Buffer, SlowBuffer: Buffer.allocUnsafeSlow, atob, btoa,
      kMaxLength: maxLength, kStringMaxLength: 2 ** 29 - 24, INSPECT_MAX_BYTES: 50,
      constants: { MAX_LENGTH: maxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 },
      isUtf8: (input) => use("encoding").isUtf8(input),
      isAscii: (input) => use("encoding").isAscii(input),
    };
  } };
})
