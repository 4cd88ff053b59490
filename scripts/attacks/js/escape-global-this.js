// attack: looks for anything of Node, browsers or Go among the globals
// mechanism: escape / globals
// expect: answer "safe"
// control: none: what is looked for does not exist in this virtual machine

function run() {
  const bad = ['Deno', 'Bun', 'child_process', 'WebAssembly', 'SharedArrayBuffer', 'Atomics',
    'XMLHttpRequest', 'WebSocket', 'Worker', 'importScripts', 'load', 'read', 'readline', 'quit', 'os', 'std', 'gc', 'java', 'Packages', 'go', 'syscall'];
  const found = bad.filter((name) => name in globalThis && globalThis[name] !== undefined);
  // global is another name, no other object. Of Node's process there is the
  // environment, of which nothing is granted, and what tells nothing without a grant.
  if (global !== globalThis) found.push('global');
  for (const key of Reflect.ownKeys(process)) if (!['env', 'argv', 'cwd', 'nextTick'].includes(key)) found.push(String(key));
  if (Object.keys(process.env).length || process.argv.length) found.push('env');
  try { found.push(process.cwd()) } catch (e) { if (e.kind !== 'denied') found.push(e.kind) }
  return found.length ? 'ESCAPED ' + found : 'safe';
}
