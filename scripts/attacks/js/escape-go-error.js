// attack: makes natives fail in ways that could show a Go error, or its memory addresses
// mechanism: escape / errors of natives
// expect: answer "safe"
// control: none: there is nothing to be shown

function run() {
  const tries = [() => new RegExp('(?<'), () => JSON.parse('{'), () => host.nothing(), () => require('fs').readFileSync('\0'), () => decodeURIComponent('%'),
    () => BigInt('x'), () => new Date(NaN).toISOString(), () => 'x'.normalize('y'), () => new Array(-1), () => Symbol() + '', () => null.x,
    () => require('fs').readFileSync('/x', { encoding: 'nothing' }), () => require('os'), () => eval('import("x")'), () => new Uint8Array(-1)];
  for (const f of tries) {
    try {
      f();
    } catch (e) {
      const all = Reflect.ownKeys(e).map((k) => String(e[k])).join() + String(e) + e.stack;
      if (/0x[0-9a-f]{6}|goroutine|\.go:|github|goja\.|runtime error|\/root|\/home/.test(all)) return 'ESCAPED ' + all;
    }
  }
  return 'safe';
}
