// attack: looks for anything of Node, browsers or Go among the globals
// mechanism: escape / globals
// expect: answer "safe"
// control: none: what is looked for does not exist in this virtual machine

function run() {
  const bad = ['Deno', 'Bun', 'global', 'Buffer', 'child_process', 'WebAssembly', 'SharedArrayBuffer', 'Atomics',
    'fetch', 'XMLHttpRequest', 'WebSocket', 'Worker', 'importScripts', 'load', 'read', 'readline', 'quit', 'os', 'std', 'gc', 'java', 'Packages', 'go', 'syscall'];
  const found = bad.filter((name) => name in globalThis && globalThis[name] !== undefined);
  // Of Node's process there is nothing but the environment, of which nothing is granted.
  for (const key of Reflect.ownKeys(process)) if (key !== 'env' || Object.keys(process.env).length) found.push(String(key));
  return found.length ? 'ESCAPED ' + found : 'safe';
}
