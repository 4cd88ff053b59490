// attack: thenables that resolve to further thenables
// mechanism: loop / thenable that re-enters
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  const thenable = { then: (resolve) => resolve(Date.now() < end ? thenable : 'done') };
  return thenable;
}
