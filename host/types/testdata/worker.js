// @ts-check
/** @param {Done} done @param {string} name */
function run(done, name) {
  const fs = require('fs');
  const { EventEmitter } = require('node:events');
  class Own extends EventEmitter { }
  new Own().on('a', (x) => x).emit('a');
  // @ts-expect-error: there is no such function
  require('path').glob();
  event('started', fs);
  // @ts-expect-error: results are no options
  done.fail();
  setImmediate(() => done('Hello, ' + name));
}
module.exports = { run };
