// attack: jumps between labelled loops for ever
// mechanism: loop / labelled continue
// limits: time=150ms
// expect: deadline
// control: grants=host: limits=time=20s expect answer "done"

const span = 'echo' in host ? 300 : Infinity; // the control has an end
let end;

function run() {
  end = Date.now() + span;
  outer: for (;;) {
    for (;;) {
      inner: do {
        if (Date.now() > end) break outer;
        continue outer;
      } while (true);
    }
  }
  return 'done';
}
