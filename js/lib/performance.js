(function (use, native) {
  const { now, timeOrigin } = native;
  const origin = timeOrigin();
  class Performance {
    get timeOrigin() { return origin; }
    now() { return now(); }
    toJSON() { return { timeOrigin: origin }; }
    get [Symbol.toStringTag]() { return "Performance"; }
  }
  return { performance: new Performance() };
})
