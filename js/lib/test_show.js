// Values as failures show them: one property a line, in the order of their names, so
// that two of them can be compared line by line.
(function (use, native) {
  const { kindOf, isTyped } = use("kind");
  const { inspect } = native;
  const maxDepth = 20;
  const maxItems = 1000;

  // show is a value in one line, as messages have it.
  function show(value) {
    const line = inspect(value).replace(/\s*\n\s*/g, " ");
    return line.length > 200 ? line.slice(0, 197) + "..." : line;
  }

  // lines is a value in as many as it takes.
  function lines(value) { return write(value, "", []); }

  function write(value, indent, path) {
    if (typeof value === "string") return JSON.stringify(value).replace(/\\n/g, "\n" + indent);
    if (typeof value !== "object" || value === null || typeof value.asymmetricMatch === "function") {
      return typeof value === "object" && value !== null ? String(value) : inspect(value);
    }
    if (path.includes(value)) return "[Circular]";
    if (path.length >= maxDepth) return "[...]";
    const kind = kindOf(value);
    const inner = [...path, value];
    const deeper = indent + "  ";
    const block = (open, items, close) => {
      if (items.length === 0) return open + close;
      if (items.length > maxItems) items = [...items.slice(0, maxItems), `... ${items.length - maxItems} more`];
      return `${open}\n${items.map((item) => deeper + item + ",\n").join("")}${indent}${close}`;
    };
    const item = (v) => write(v, deeper, inner);
    switch (kind) {
      case "Array": return block("[", Array.from(value, item), "]");
      case "Map": return block("Map {", Array.from(value, ([k, v]) => `${item(k)} => ${item(v)}`), "}");
      case "Set": return block("Set {", Array.from(value, item), "}");
      case "Object": break;
      case "Error": return inspect(value).split("\n")[0];
      default: return inspect(value);
    }
    if (isTyped(value)) return inspect(value);
    const name = Object.getPrototypeOf(value)?.constructor?.name;
    const keys = Object.keys(value).sort();
    return block(name && name !== "Object" ? name + " {" : "{", keys.map((key) => {
      const label = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
      return `${label}: ${item(value[key])}`;
    }), "}");
  }
  return { show, lines };
})
