// attack: replaces what Uint8Array is made of, to get octets beyond those that were passed
// mechanism: escape / polluted Uint8Array
// expect: answer "safe"
// control: none: the bindings look at the memory of the array itself

function run() {
  for (const name of ['length', 'byteLength', 'byteOffset', 'buffer']) {
    Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), name, { get: () => 2 ** 31 });
  }
  const b = new Uint8Array([115, 97, 102, 101]);
  Object.defineProperty(b, 'length', { value: 1e9 });
  Object.defineProperty(b, 'byteLength', { value: 1e9 });
  return b;
}
