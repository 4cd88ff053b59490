// attack: looks for the environment by every way to it
// mechanism: escape / environment
// expect: answer "safe"
// control: none: a worker has no environment at all

function run() {
  let text = '';
  for (const f of [() => JSON.stringify(process.env), () => require('process').env.PATH, () => require('fs').readFileSync('/proc/self/environ', 'utf8'), () => new Function('return this.process.env')(), () => JSON.stringify(worker), () => JSON.stringify(Object.getOwnPropertyNames(globalThis))]) {
    try {
      text += f();
    } catch {
      continue;
    }
  }
  return /SCRIPTHOST_ATTACK_SECRET|PATH=|HOME=/.test(text) ? 'ESCAPED' : 'safe';
}
