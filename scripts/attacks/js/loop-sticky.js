// attack: a global regexp whose lastIndex is set back at each match
// mechanism: loop / lastIndex
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  const re = /x/gy;
  while (re.exec('x') && Date.now() < end) re.lastIndex = 0;
  return 'done';
}
