(function () {
  const unescape = (s) => {
    try {
      return decodeURIComponent(s);
    } catch {
      return s;
    }
  };
  const escape = (s) => encodeURIComponent(typeof s === "object" ? String(s) : s).replace(/%(?![0-9A-F]{2})/g, "%25");
  const text = (value) => typeof value === "string" || typeof value === "bigint" || typeof value === "boolean" || typeof value === "number" && isFinite(value) ? String(value) : "";
  function stringify(o, sep = "&", eq = "=", options = undefined) {
    if (o === null || typeof o !== "object") return "";
    const encode = options?.encodeURIComponent ?? querystring.escape;
    return Object.keys(o).flatMap((key) => {
      const values = Array.isArray(o[key]) ? o[key] : [o[key]];
      return values.map((value) => encode(key) + (eq ?? "=") + encode(text(value)));
    }).join(sep ?? "&");
  }
  function parse(s, sep = "&", eq = "=", options = undefined) {
    const out = Object.create(null);
    if (typeof s !== "string" || s === "") return out;
    const decode = options?.decodeURIComponent ?? querystring.unescape;
    let left = options?.maxKeys ?? 1000;
    if (!(left > 0)) left = Infinity;
    for (const pair of s.split(sep || "&")) {
      if (pair === "") continue;
      if (left-- === 0) break;
      const i = pair.indexOf(eq || "=");
      const [key, value] = (i < 0 ? [pair, ""] : [pair.slice(0, i), pair.slice(i + (eq || "=").length)]).map((s) => decode(s.replaceAll("+", " ")));
      if (!(key in out)) out[key] = value;
      else if (Array.isArray(out[key])) out[key].push(value);
      else out[key] = [out[key], value];
    }
    return out;
  }
  const querystring = { parse, stringify, escape, unescape, decode: parse, encode: stringify };
  return querystring;
})
