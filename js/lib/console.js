(function (use, native) {
  const { now, format, inspect, indent } = native;
  const counts = new Map(), times = new Map();

  let level = 0;
  const text = (label) => label === undefined ? "default" : `${label}`;
  const elapsed = (label, name) => {
    if (!times.has(label)) return console.warn(`Warning: No such label '${label}' for console.${name}()`);
    return `${label}: ${(now() - times.get(label)).toFixed(3)}ms`;
  };
  const methods = {
    group(...args) {
      if (args.length > 0) console.log(...args);
      indent(level += 2);
    },
    groupEnd() { indent(level = Math.max(level - 2, 0)); },
    count(label) {
      label = text(label);
      counts.set(label, (counts.get(label) ?? 0) + 1);
      console.log(`${label}: ${counts.get(label)}`);
    },
    countReset(label) {
      if (!counts.delete(text(label))) console.warn(`Warning: Count for '${text(label)}' does not exist`);
    },
    time(label) {
      label = text(label);
      if (times.has(label)) console.warn(`Warning: Label '${label}' already exists for console.time()`);
      else times.set(label, now());
    },
    timeLog(label, ...args) {
      const shown = elapsed(text(label), "timeLog");
      if (shown !== undefined) console.log("%s", args.length > 0 ? shown + " " + format(...args) : shown);
    },
    timeEnd(label) {
      const shown = elapsed(text(label), "timeEnd");
      if (shown !== undefined) console.log("%s", shown);
      times.delete(text(label));
    },
    table(data, columns) {
      console.log(...(data === null || typeof data !== "object" ? [data] : ["%s", table(data, columns)]));
    },
  };
  methods.groupCollapsed = methods.group;
  methods.dirxml = (...args) => console.log(...args);

  const isObject = (value) => typeof value === "object" && value !== null || typeof value === "function";

  function table(data, columns) {
    const index = data instanceof Map || data instanceof Set ? "(iteration index)" : "(index)";
    const rows = data instanceof Map ? [...data].map(([Key, Values], i) => [i, { Key, Values }]) : data instanceof Set ? [...data].map((value, i) => [i, value]) : Object.entries(data);
    const names = columns === undefined ? [...new Set(rows.flatMap(([, row]) => isObject(row) ? Object.keys(row) : []))] : columns.map(String);
    const values = rows.some(([, row]) => !isObject(row));
    const lines = rows.map(([key, row]) => [
      String(key), ...names.map((name) => isObject(row) && Object.hasOwn(row, name) ? inspect(row[name], 0) : ""), ...values ? [isObject(row) ? "" : inspect(row, 0)] : [],
    ]);
    const head = [index, ...names, ...values ? ["Values"] : []];
    const widths = head.map((name, i) => lines.reduce((width, line) => Math.max(width, line[i].length), name.length) + 2);
    const centred = (text, width) => " ".repeat((width - text.length) >> 1) + text + " ".repeat((width - text.length + 1) >> 1);
    const rule = (left, middle, right) => left + widths.map((width) => "─".repeat(width)).join(middle) + right;
    const row = (cells) => "│" + cells.map((cell, i) => centred(cell, widths[i])).join("│") + "│";
    return [rule("┌", "┬", "┐"), row(head), rule("├", "┼", "┤"), ...lines.map(row), rule("└", "┴", "┘")].join("\n");
  }
  return methods;
})
