// attack: throws an error all of whose properties are getters that throw errors like it
// mechanism: flood / evil getters of an error
// expect: error cannot be read
// control: none: the error is described as far as it can be

function evil() {
  const e = new Error('x');
  for (const name of ['stack', 'cause', 'kind', 'value', 'toString', 'message', 'name', Symbol.toStringTag, Symbol.toPrimitive]) {
    Object.defineProperty(e, name, { get() { throw evil(); } });
  }
  return e;
}

function run() {
  throw evil();
}
