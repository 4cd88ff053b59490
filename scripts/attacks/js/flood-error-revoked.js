// attack: throws and answers with proxies that are revoked
// mechanism: flood / revoked proxies
// mode: async
// calls: 3
// serialiser: json
// expect: any of error | serialise
// why: each is used in another way
// control: none: nothing can be read from them

function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function run(done, n) {
  if (n === 1) throw revoked({});
  if (n === 2) done(revoked([]));
  else done(revoked(() => {}));
}
