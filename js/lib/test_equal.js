// Deep equality as toEqual and toStrictEqual have it, with matchers inside.
(function (use, native) {
  const { kindOf, isTyped } = use("kind");
  const { deepEqual } = use("deepequal");
  const isMatcher = (v) => typeof v === "object" && v !== null && typeof v.asymmetricMatch === "function";

  function equals(a, b, strict = false) { return same(a, b, strict, []); }

  function same(a, b, strict, path) {
    if (isMatcher(b)) return Boolean(b.asymmetricMatch(a));
    if (isMatcher(a)) return Boolean(a.asymmetricMatch(b));
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    const kind = kindOf(a);
    if (kind !== kindOf(b)) return false;
    if (path.some(([x, y]) => x === a && y === b)) return true;
    if (path.length > 500) throw new RangeError("the values are nested deeper than 500, too deep to be compared");
    const deeper = [...path, [a, b]];
    const inside = (x, y) => same(x, y, strict, deeper);
    switch (kind) {
      case "Array":
        if (a.length !== b.length) return false;
        for (let i = 0; i < a.length; i++) {
          if (strict && (i in a) !== (i in b)) return false;
          if (!inside(a[i], b[i])) return false;
        }
        return true;
      case "Map":
        if (a.size !== b.size) return false;
        return [...a].every(([k, v]) => b.has(k) ? inside(v, b.get(k)) : [...b].some(([ok, ov]) => inside(k, ok) && inside(v, ov)));
      case "Set":
        if (a.size !== b.size) return false;
        return [...a].every((v) => b.has(v) || [...b].some((ov) => inside(v, ov)));
      case "Error":
        return a.name === b.name && a.message === b.message;
      case "Object":
        break;
      default:
        return deepEqual(a, b, true);
    }
    if (isTyped(a)) return deepEqual(a, b, true);
    if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
    const keys = (o) => Object.keys(o).filter((key) => strict || o[key] !== undefined);
    const of = keys(a);
    return of.length === keys(b).length && of.every((key) => Object.prototype.hasOwnProperty.call(b, key) && inside(a[key], b[key]));
  }

  // subset tells whether a has all that b has.
  function subset(a, b) {
    if (isMatcher(b) || typeof b !== "object" || b === null || kindOf(b) !== "Object" && kindOf(b) !== "Array") return equals(a, b);
    if (typeof a !== "object" || a === null) return false;
    if (Array.isArray(b)) return Array.isArray(a) && a.length === b.length && b.every((v, i) => subset(a[i], v));
    return Object.keys(b).every((key) => key in a && subset(a[key], b[key]));
  }
  return { equals, subset, isMatcher };
})
