// attack: takes everything that the global object has, by whatever name or symbol
// mechanism: escape / all globals
// expect: answer "safe"
// control: none: what is not known to be harmless is not there at all

function run() {
  const known = new Set(('Object Function Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError Array String Number BigInt Boolean Symbol ' +
    'Date RegExp Map Set WeakMap WeakSet Promise Proxy Reflect Math JSON ArrayBuffer DataView Uint8Array Uint8ClampedArray Int8Array Uint16Array Int16Array ' +
    'Uint32Array Int32Array Float32Array Float64Array BigInt64Array BigUint64Array NaN Infinity undefined globalThis eval isNaN isFinite parseInt parseFloat ' +
    'decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape results event require queueMicrotask setTimeout setInterval setImmediate ' +
    'clearTimeout clearInterval clearImmediate console log worker host files AbortController AbortSignal fetch Headers Request Response URL URLSearchParams Event CustomEvent EventTarget DOMException structuredClone Buffer TextEncoder TextDecoder atob btoa crypto performance global process module exports __filename __dirname run').split(' '));
  const found = Reflect.ownKeys(globalThis).filter((key) => !known.has(key) && key !== Symbol.toStringTag);
  return found.length ? 'ESCAPED ' + found.map(String) : 'safe';
}
