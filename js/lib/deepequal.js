(function (use, native) {
  const { kindOf, isTyped } = use("kind");
  const maxDepth = 1000; // of nesting; what is deeper is an error, not an overflow
  const own = (o) => Reflect.ownKeys(o).filter((key) => Object.prototype.propertyIsEnumerable.call(o, key));

  function deepEqual(a, b, strict) { return equal(a, b, strict, [], []); }

  function equal(a, b, strict, as, bs) {
    if (strict ? Object.is(a, b) : a === b || a == b && (a === null || typeof a !== "object" || typeof b !== "object") || a !== a && b !== b) return true;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
    if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    const kind = kindOf(a);
    if (kind !== kindOf(b)) return false;
    const seen = as.indexOf(a);
    if (seen >= 0) return bs[seen] === b;
    if (as.length >= maxDepth) throw new RangeError(`the values are nested deeper than ${maxDepth}, too deep to be compared`);
    switch (kind) {
      case "Date":
        if (!Object.is(a.getTime(), b.getTime())) return false;
        break;
      case "RegExp":
        if (a.source !== b.source || a.flags !== b.flags || a.lastIndex !== b.lastIndex) return false;
        break;
      case "Error":
        if (a.message !== b.message || a.name !== b.name) return false;
        break;
      case "Number": case "String": case "Boolean": case "BigInt": case "Symbol":
        if (!Object.is(a.valueOf(), b.valueOf())) return false;
        break;
      case "WeakMap": case "WeakSet": case "Promise":
        return false;
      case "Array":
        if (a.length !== b.length) return false;
        break;
      case "ArrayBuffer":
        if (!equal(new Uint8Array(a), new Uint8Array(b), strict, as, bs)) return false;
        break;
    }
    if (isTyped(a)) {
      if (a.length !== b.length) return false;
      for (let i = 0; i < a.length; i++) if (strict ? !Object.is(a[i], b[i]) : a[i] != b[i] && (a[i] === a[i] || b[i] === b[i])) return false;
      return true;
    }
    as.push(a);
    bs.push(b);
    const same = inside(kind, a, b, strict, as, bs);
    as.pop();
    bs.pop();
    return same;
  }

  function inside(kind, a, b, strict, as, bs) {
    if (kind === "Set" || kind === "Map") {
      if (a.size !== b.size) return false;
      const rest = new Set();
      for (const key of b.keys()) if (!(a.has(key) && (kind === "Set" || equal(a.get(key), b.get(key), strict, as, bs)))) rest.add(key);
      for (const key of a.keys()) {
        if (b.has(key) && !rest.has(key)) continue;
        if (strict && (typeof key !== "object" || key === null)) return false;
        let found = false;
        for (const other of rest) {
          if (!equal(key, other, strict, as, bs) || kind === "Map" && !equal(a.get(key), b.get(other), strict, as, bs)) continue;
          rest.delete(other);
          found = true;
          break;
        }
        if (!found) return false;
      }
    }
    const keys = strict ? own(a) : Object.keys(a);
    if (keys.length !== (strict ? own(b) : Object.keys(b)).length) return false;
    return keys.every((key) => Object.prototype.propertyIsEnumerable.call(b, key)) && keys.every((key) => equal(a[key], b[key], strict, as, bs));
  }
  return { deepEqual };
})
