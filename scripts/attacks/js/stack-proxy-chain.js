// attack: a proxy of a proxy of a proxy, three hundred thousand deep, which natives walk recursively
// mechanism: stack / chain of proxies
// limits: time=1s
// expect: any of exit | limit memory | deadline
// why: the stack of the process is exhausted, and what is reached first is the bound of it or that of memory
// control: none: a stack that deep is beyond what the Go runtime allows; only its bound is what can be chosen

function run() {
  let p = {};
  for (let i = 0; i < 3e5; i++) p = new Proxy(p, {});
  return String(p.x);
}
