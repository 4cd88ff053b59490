// attack: a replacement function that does not end
// mechanism: loop / replace callback
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  return 'a'.replace(/a/g, spin);
}
