(function (use, native) {
  const { kindOf } = use("kind");
  const { DOMException } = use("domexception");
  const errors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const { keys, hasOwn, getOwnPropertyDescriptor, defineProperty } = Object;
  const { apply } = Reflect;
  const typedProto = Object.getPrototypeOf(Uint8Array.prototype);
  const bufferOf = getOwnPropertyDescriptor(typedProto, "buffer")?.get;
  const sizes = ["length", "byteLength", "byteOffset"].map((name) => ({ name, get: getOwnPropertyDescriptor(typedProto, name)?.get }));
  const define = (o, name, value, enumerable = true) => Object.defineProperty(o, name, { value, enumerable, writable: true, configurable: true });

  function refuse(value, shown) {
    throw new DOMException(`${(shown ?? native.inspect(value)).slice(0, 200)} could not be cloned.`, "DataCloneError");
  }

  // structuredClone keeps a list of the objects that are still to be filled in, so
  // that no nesting is too deep for it.
  function structuredClone(value, options = undefined) {
    if (arguments.length === 0) throw Object.assign(new TypeError("a value must be given"), { code: "ERR_MISSING_ARGS" });
    const clones = new Map(), left = [], transfer = [...options?.transfer ?? []];
    for (const [i, buffer] of transfer.entries()) {
      if (buffer === null || typeof buffer !== "object" || kindOf(buffer) !== "ArrayBuffer" || transfer.indexOf(buffer) !== i || native.isDetached(buffer)) {
        throw new DOMException("a value of transfer could not be transferred", "DataCloneError");
      }
    }
    const clone = (value) => {
      if (typeof value === "symbol") refuse(value);
      if (typeof value === "function") refuse(value);
      if (typeof value !== "object" || value === null) return value;
      if (clones.has(value)) return clones.get(value);
      const kind = kindOf(value);
      const copy = shell(kind, value, clone);
      clones.set(value, copy);
      if (kind === "Object" || kind === "Array" || kind === "Map" || kind === "Set") left.push([kind, value, copy]);
      if (kind === "Error") copyError(value, copy, clone);
      return copy;
    };
    const root = clone(value);
    for (let i = 0; i < left.length; i++) {
      const [kind, from, to] = left[i];
      left[i] = undefined;
      if (kind === "Map") for (const [key, value] of [...Map.prototype.entries.call(from)]) to.set(clone(key), clone(value));
      else if (kind === "Set") for (const value of [...Set.prototype.values.call(from)]) to.add(clone(value));
      else for (const key of keys(from)) if (hasOwn(from, key)) define(to, key, clone(from[key]));
    }
    if (transfer.length > 0) hideDetached();
    for (const buffer of transfer) native.detach(buffer);
    return root;
  }

  // A view whose buffer is detached has to look empty. To the language it is not,
  // for it looks at the memory, which detach leaves; see there.
  let hidden = false;
  function hideDetached() {
    if (hidden) return;
    hidden = true;
    for (const { name, get } of sizes) {
      const now = getOwnPropertyDescriptor(typedProto, name);
      if (now?.get !== get || !now.configurable) continue; // it is the script's own by now
      const getter = { get [name]() {
        const size = apply(get, this, []);
        return size === 0 || this[0] !== undefined || !native.isDetached(apply(bufferOf, this, [])) ? size : 0;
      } };
      defineProperty(typedProto, name, { ...now, get: getOwnPropertyDescriptor(getter, name).get });
    }
  }

  function shell(kind, value, clone) {
    switch (kind) {
      case "Object": return {};
      case "Array": return new Array(value.length);
      case "Map": return new Map();
      case "Set": return new Set();
      case "Date": return new Date(Date.prototype.getTime.call(value));
      case "RegExp": return new RegExp(value.source, value.flags);
      case "Boolean": case "Number": case "String": return Object(native.unbox(value));
      case "BigInt": return Object(BigInt.prototype.valueOf.call(value));
      case "Error": return new (Object.hasOwn(errors, value.name) ? errors[value.name] : Error)();
      case "ArrayBuffer":
        if (native.isDetached(value)) refuse(value, "An ArrayBuffer is detached and");
        return ArrayBuffer.prototype.slice.call(value, 0);
      case "DataView": return new DataView(clone(value.buffer), value.byteOffset, value.byteLength);
      case "Int8Array": case "Uint8Array": case "Uint8ClampedArray": case "Int16Array": case "Uint16Array": case "Int32Array": case "Uint32Array":
      case "Float32Array": case "Float64Array": case "BigInt64Array": case "BigUint64Array":
        return new globalThis[kind](clone(value.buffer), value.byteOffset, value.length);
    }
    refuse(value, kind === "Proxy" ? "#<Object>" : `#<${kind}>`);
  }

  function copyError(from, to, clone) {
    const message = Object.getOwnPropertyDescriptor(from, "message");
    if (message !== undefined && "value" in message) define(to, "message", `${message.value}`, false);
    define(to, "stack", `${from.stack}`, false);
    if (Object.hasOwn(from, "cause")) define(to, "cause", clone(from.cause), false);
  }

  return { structuredClone };
})
