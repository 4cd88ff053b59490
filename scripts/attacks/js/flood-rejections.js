// attack: rejects very many promises that nobody handles
// mechanism: flood / unhandled rejections
// limits: time=500ms
// expect: any of deadline | limit memory | error rejected
// why: the first rejection is the call's error if they can all be told in the time
// control: limits=memory=none time=60s expect error rejected

function run() {
  for (let i = 0; i < 5e4; i++) Promise.reject(new Error('rejected'));
  return 'done';
}
