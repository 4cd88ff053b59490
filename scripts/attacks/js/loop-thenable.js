// attack: thenables that resolve to further thenables
// mechanism: loop / thenable that re-enters
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  const thenable = { then: (resolve) => resolve(Date.now() < end ? thenable : 'done') };
  return thenable;
}
