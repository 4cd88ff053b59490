// tidy.js for the async mode: run gets done first, and answers by calling it.
// While one request waits for its folder to be removed, others are served.

const fs = require('fs').promises;

const remove = { rmdir: fs.rmdir, unlink: fs.unlink };

let requests = 0;

async function run(done, command, path) {
  if (++requests % 3 === 0) event('requests', requests);

  if (!Object.hasOwn(remove, command)) {
    throw new Error(`unknown command '${command}': there are rmdir and unlink`);
  }
  try {
    await remove[command](path);
    done(1);
  } catch (err) {
    if (!err.errno) throw err; // a missing grant, say
    done(0, reason(err));
  }
}

// "ENOENT: no such file or directory, rmdir '/x'" as the C library says it.
function reason(err) {
  const text = err.message.replace(/^\w+: /, '').replace(/, \w+( '.*)?$/s, '');
  return text[0].toUpperCase() + text.slice(1);
}
