// attack: a global regexp whose lastIndex is set back at each match
// mechanism: loop / lastIndex
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  const re = /x/gy;
  while (re.exec('x') && Date.now() < end) re.lastIndex = 0;
  return 'done';
}
