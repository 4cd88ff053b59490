// attack: answers with an array that is nested a million deep
// mechanism: stack / nesting of a result
// limits: memory=256M time=5s
// serialiser: json
// expect: serialise nested more than 512 levels
// control: none: how deep values may be nested is fixed

function run() {
  let a = [];
  for (let i = 0; i < 1e6; i++) a = [a];
  return a;
}
