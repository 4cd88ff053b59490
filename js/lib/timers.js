(function () {
  const { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate } = globalThis;
  function waiting(start, stop) {
    return (value, signal) => new Promise((resolve, reject) => {
      const abortError = () => Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" });
      if (signal?.aborted) return reject(abortError());
      const aborted = () => { stop(id); reject(abortError()); };
      const id = start(() => { signal?.removeEventListener("abort", aborted); resolve(value); });
      signal?.addEventListener("abort", aborted);
    });
  }
  const promises = {
    setTimeout: (ms, value, options) => waiting((f) => setTimeout(f, ms), clearTimeout)(value, options?.signal),
    setImmediate: (value, options) => waiting(setImmediate, clearImmediate)(value, options?.signal),
    scheduler: { wait: (ms, options) => promises.setTimeout(ms, undefined, options), yield: () => promises.setImmediate() },
  };
  return { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate, promises };
})
