// @ts-check
/** @param {Done} done @param {string} name */
function run(done, name) {
  const fs = require('fs');
  event('started', fs);
  // @ts-expect-error: results are no options
  done.fail();
  setImmediate(() => done('Hello, ' + name));
}
module.exports = { run };
