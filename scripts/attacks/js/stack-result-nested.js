// attack: answers with an array that is nested a hundred thousand deep
// mechanism: stack / nesting of a result
// limits: memory=256M time=2s
// serialiser: json
// expect: serialise nested more than 512 levels
// control: none: how deep values may be nested is fixed

function run() {
  let a = [];
  for (let i = 0; i < 1e5; i++) a = [a];
  return a;
}
