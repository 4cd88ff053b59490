// attack: a reviver that keeps adding to what it revives
// mechanism: loop / JSON.parse reviver
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
  JSON.parse('[[1]]', function (key, value) {
    if (Array.isArray(value) && Date.now() < end) value[0] = [1];
    while (key === '' && Date.now() < end);
    return value;
  });
  return 'done';
}
