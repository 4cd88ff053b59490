// attack: answers with an array behind half a million proxies
// mechanism: stack / chain of proxies as a result
// limits: memory=256M time=2s
// serialiser: json
// expect: any of exit | limit memory | serialise | error | deadline
// why: what is reached first is the bound of the stack or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows

function run() {
  let p = [];
  for (let i = 0; i < 5e5; i++) p = new Proxy(p, {});
  return p;
}
