(function (use, native) {
  const { getOwnPropertyDescriptor: property, getPrototypeOf } = Object;
  const { apply } = Reflect;
  const getter = (o, name) => property(o, name).get;
  const brands = [
    ["DataView", getter(DataView.prototype, "byteLength")], ["WeakMap", WeakMap.prototype.has], ["WeakSet", WeakSet.prototype.has],
  ];
  const arrayBuffer = getter(ArrayBuffer.prototype, "byteLength");
  const typed = getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
  const { className } = native;

  // kindOf returns what an object is inside, whatever it says that it is. A plain
  // one is an "Object".
  function kindOf(o) {
    const name = className(o);
    if (name !== "Instance" && name !== "Octets" && name !== "ArrayBuffer" && name !== "DataView") return name;
    const array = apply(typed, o, []);
    if (array !== undefined) return array;
    if (name !== "Instance" && is(arrayBuffer, o)) return "ArrayBuffer";
    for (const [kind, check] of brands) if (is(check, o)) return kind;
    return "Object";
  }
  function is(check, o) {
    try {
      apply(check, o, [o]);
      return true;
    } catch {
      return false;
    }
  }
  return { kindOf, isTyped: (o) => apply(typed, o, []) !== undefined };
})
