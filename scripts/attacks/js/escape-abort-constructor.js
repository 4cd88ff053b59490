// attack: makes AbortSignals of its own, and fires those that the host has
// mechanism: escape / AbortSignal
// mode: async
// expect: answer "safe"
// control: none: it is all the script's own

function run(done) {
  for (const f of [() => new AbortSignal(), () => new AbortSignal({}), () => Reflect.construct(AbortSignal, [undefined]), () => AbortSignal.fire({}, done.signal), () => done.signal.constructor.fire(undefined, done.signal)]) {
    try {
      f();
      return done('ESCAPED');
    } catch {
      continue;
    }
  }
  done.signal.dispatchEvent(new Event('abort'));
  Object.defineProperty(done.signal, 'aborted', { value: true });
  done(done.cancelled() ? 'ESCAPED' : 'safe');
}
