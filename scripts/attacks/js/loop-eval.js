// attack: loops inside indirect eval and new Function
// mechanism: loop / eval and new Function
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end

function run() {
  (0, eval)('const end = Date.now() + ' + span + '; while (Date.now() < end);');
  new Function('const end = Date.now() + ' + span + '; while (Date.now() < end);')();
  return 'done';
}
