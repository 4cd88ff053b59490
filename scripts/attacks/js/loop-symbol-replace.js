// attack: an exec that always matches, so that Symbol.replace never ends
// mechanism: loop / RegExp.prototype.exec replaced
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  const re = /x/g;
  re.exec = () => (Date.now() < end ? { 0: '', index: 0, length: 1 } : null);
  re.test('x');
  'x'.replace(re, '');
  return 'done';
}
