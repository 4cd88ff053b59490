(function (use, native) {
  function check(path, name = "path") {
    if (typeof path === "string") return path;
    throw Object.assign(new TypeError(`The "${name}" argument must be of type string. Received ${path === null ? "null" : typeof path}`), { code: "ERR_INVALID_ARG_TYPE" });
  }
  function tidy(path, absolute) {
    const out = [];
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part !== "..") out.push(part);
      else if (out.length > 0 && out[out.length - 1] !== "..") out.pop();
      else if (!absolute) out.push("..");
    }
    return out.join("/");
  }
  const isAbsolute = (path) => check(path)[0] === "/";
  function normalize(path) {
    if (check(path) === "") return ".";
    const absolute = path[0] === "/", folder = path.endsWith("/");
    const tidied = tidy(path, absolute) || (absolute ? "" : ".");
    return (absolute ? "/" : "") + tidied + (folder && tidied !== "" ? "/" : "");
  }
  const join = (...paths) => normalize(paths.map((path) => check(path)).filter((path) => path !== "").join("/"));
  const resolve = (...paths) => resolveIn(native.cwd, paths);
  function resolveIn(cwd, paths) {
    let path = "";
    for (let i = paths.length - 1; i >= 0 && path[0] !== "/"; i--) {
      if (check(paths[i], `paths[${i}]`) !== "") path = path === "" ? paths[i] : paths[i] + "/" + path;
    }
    if (path[0] !== "/") path = cwd() + "/" + path;
    return "/" + tidy(path, true);
  }
  function relative(from, to) {
    // Where both are below the current folder it does not matter which one that is.
    const below = [check(from, "from"), check(to, "to")].every((path) => !isAbsolute(path) && normalize(path).slice(0, 2) !== "..");
    const [a, b] = [from, to].map((path) => resolveIn(below ? () => "" : native.cwd, [path]).split("/").filter(Boolean));
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).map(() => ".."), ...b.slice(same)].join("/");
  }
  const trimmed = (path) => {
    let end = path.length;
    while (end > 1 && path[end - 1] === "/") end--;
    return path.slice(0, end);
  };
  function dirname(path) {
    path = trimmed(check(path));
    const i = path.lastIndexOf("/");
    if (i < 0) return ".";
    return i === 0 ? "/" : i === 1 && path[0] === "/" ? "//" : path.slice(0, i);
  }
  function basename(path, suffix = undefined) {
    if (suffix !== undefined) check(suffix, "suffix");
    if (suffix === path) return "";
    path = trimmed(check(path));
    const base = path.slice(path.lastIndexOf("/") + 1);
    return suffix && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  }
  function extname(path) {
    const base = basename(path), i = base.lastIndexOf(".");
    return i <= 0 || base === ".." ? "" : base.slice(i);
  }
  function parse(path) {
    check(path);
    const root = path[0] === "/" ? "/" : "", base = path === "/" ? "" : basename(path), ext = extname(base);
    const dir = path.replace(/\/+$/, "").includes("/") ? dirname(path) : root;
    return { root, dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
  }
  function format(parts) {
    if (parts === null || typeof parts !== "object") throw Object.assign(new TypeError('The "pathObject" argument must be of type object.'), { code: "ERR_INVALID_ARG_TYPE" });
    const ext = parts.ext ? (parts.ext[0] === "." ? "" : ".") + parts.ext : "";
    const dir = parts.dir || parts.root, base = parts.base || `${parts.name || ""}${ext}`;
    return dir ? dir === parts.root ? dir + base : dir + "/" + base : base;
  }
  const path = { resolve, normalize, isAbsolute, join, relative, toNamespacedPath: (path) => path, dirname, basename, extname, format, parse, sep: "/", delimiter: ":" };
  path.posix = path;
  return path;
})
