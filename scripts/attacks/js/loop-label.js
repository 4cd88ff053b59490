// attack: jumps between labelled loops for ever
// mechanism: loop / labelled continue
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

let end;

function run() {
  end = Date.now() + 600;
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
