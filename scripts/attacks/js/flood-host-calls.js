// attack: makes host calls without ever waiting for one
// mechanism: flood / outstanding host calls
// limits: memory=32M time=1s
// grants: host:
// expect: any of limit memory | deadline | error outstanding | error busy | answer "done"
// why: what is outstanding takes memory in the worker first; how many there are before depends on the machine
// control: limits=memory=none time=60s expect any of answer "done" | error outstanding | error busy

function run() {
  for (let i = 0; i < 4e4; i++) host.echo('x').catch(() => {});
  return 'done';
}
