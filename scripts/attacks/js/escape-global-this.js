// attack: looks for anything of Node, browsers or Go among the globals
// mechanism: escape / globals
// expect: answer "safe"
// control: none: what is looked for does not exist in this virtual machine

function run() {
  const bad = ['process', 'Deno', 'Bun', 'global', 'Buffer', 'child_process', 'WebAssembly', 'SharedArrayBuffer', 'Atomics',
    'fetch', 'XMLHttpRequest', 'WebSocket', 'Worker', 'importScripts', 'load', 'read', 'readline', 'quit', 'os', 'std', 'gc', 'java', 'Packages', 'go', 'syscall'];
  const found = bad.filter((name) => name in globalThis && globalThis[name] !== undefined);
  return found.length ? 'ESCAPED ' + found : 'safe';
}
