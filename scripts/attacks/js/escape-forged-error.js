// attack: throws errors that claim to be the host's own, of kinds that end workers
// mechanism: escape / forged kinds of errors
// expect: error forged
// control: none: only errors that the bindings made have a kind

function run() {
  const e = new Error('forged');
  for (const kind of ['exit', 'protocol', 'closed', 'sandbox']) Object.assign(e, { kind, grant: 'read', limit: 'memory' });
  throw e;
}
