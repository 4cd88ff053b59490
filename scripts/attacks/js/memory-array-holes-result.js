// attack: answers with an array that consists of two billion holes
// mechanism: memory / sparse array as a result
// serialiser: json
// expect: serialise sparse
// control: none: memory for so many items does not exist

function run() {
  const a = [];
  a.length = 2 ** 31;
  return a;
}
