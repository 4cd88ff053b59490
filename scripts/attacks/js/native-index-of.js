// attack: searches an array-like object of 2^53-1 items, which no interrupt reaches
// mechanism: loop / native over a huge length, indexOf
// limits: time=100ms
// expect: deadline
// control: none: it would take thirty years; native-last-index-of does the same with fewer items

function run() {
  return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
}
