// attack: loops inside indirect eval and new Function
// mechanism: loop / eval and new Function
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function run() {
  (0, eval)('const end = Date.now() + 300; while (Date.now() < end);');
  new Function('const end = Date.now() + 300; while (Date.now() < end);')();
  return 'done';
}
