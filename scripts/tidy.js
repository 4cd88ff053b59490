// Removes what its caller names:
//
//   run("rmdir", folder)    an empty folder
//   run("unlink", file)     a file
//
// It answers 1, or 0 and the reason. Every third request is an event too.
// What it may remove is up to its caller: runner --allow-write=PATH.

const fs = require('fs');

const remove = { rmdir: fs.rmdirSync, unlink: fs.unlinkSync };

let requests = 0;

function run(command, path) {
  if (++requests % 3 === 0) event('requests', requests);

  if (!Object.hasOwn(remove, command)) {
    throw new Error(`unknown command '${command}': there are rmdir and unlink`);
  }
  try {
    remove[command](path);
    return 1;
  } catch (err) {
    if (!err.errno) throw err; // a missing grant, say
    return results(0, reason(err));
  }
}

// "ENOENT: no such file or directory, rmdir '/x'" as the C library says it.
function reason(err) {
  const text = err.message.replace(/^\w+: /, '').replace(/, \w+( '.*)?$/s, '');
  return text[0].toUpperCase() + text.slice(1);
}
