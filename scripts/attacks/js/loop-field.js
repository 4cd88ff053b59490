// attack: the initialiser of a private field does not end
// mechanism: loop / class field initialiser
// limits: time=150ms
// expect: deadline
// control: limits=time=20s expect answer "done"

function spin() {
  const end = Date.now() + 600;
  while (Date.now() < end);
  return 'done';
}

function run() {
  class A {
    #x = spin();
    get x() { return this.#x; }
  }
  return new A().x;
}
