// attack: replaces Array.prototype's methods and iterator, to see what the host does with results
// mechanism: escape / polluted Array.prototype
// expect: answer "safe safe"
// control: none: the bindings use none of these

function run() {
  for (const name of Reflect.ownKeys(Array.prototype)) {
    if (name === 'constructor' || name === 'length') continue;
    Object.defineProperty(Array.prototype, name, { get() { return () => 'ESCAPED'; }, configurable: true });
  }
  Object.defineProperty(Array.prototype, 1, { get: () => 'ESCAPED', set() {}, configurable: true });
  return results('safe', 'safe');
}
