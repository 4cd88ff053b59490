// attack: a static block of a class that does not end, while the script is loaded
// mechanism: loop / class static block at load
// limits: time=150ms
// expect: load deadline
// control: none: the start's own limit, and the kill, is all that stops it; there is no start without one

class A {
  static {
    const end = Date.now() + 30_000;
    while (Date.now() < end);
  }
}

function run() {
  return 'done';
}
