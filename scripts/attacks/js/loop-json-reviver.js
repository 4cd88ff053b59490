// attack: a reviver that keeps adding to what it revives
// mechanism: loop / JSON.parse reviver
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  JSON.parse('[[1]]', function (key, value) {
    if (Array.isArray(value) && Date.now() < end) value[0] = [1];
    while (key === '' && Date.now() < end);
    return value;
  });
  return 'done';
}
