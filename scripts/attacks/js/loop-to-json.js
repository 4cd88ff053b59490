// attack: a toJSON that does not end, called while arguments of a host call are exported
// mechanism: loop / toJSON
// limits: time=150ms
// grants: host:
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  host.echo({ toJSON: spin });
  return 'done';
}
