// attack: makes host calls with large arguments whose answers it does not wait for
// mechanism: flood / outstanding host calls with large arguments
// limits: memory=64M time=1s
// grants: host:
// expect: any of limit memory | deadline | error outstanding | error busy | answer "done"
// why: what is outstanding takes memory in the worker first; how many there are before depends on the machine
// control: limits=memory=none time=60s expect any of answer "done" | error outstanding | error busy

function run() {
  const text = 'x'.repeat(1 << 20);
  for (let i = 0; i < 150; i++) host.echo(text).catch(() => {});
  return 'done';
}
