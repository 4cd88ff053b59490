// attack: throws an array that is nested a hundred thousand deep, which the host describes
// mechanism: stack / nesting of what is thrown
// limits: memory=256M time=2s
// expect: error [ [ [ [Array] ] ] ]
// control: none: how deep values may be nested is fixed

function run() {
  let a = [];
  for (let i = 0; i < 1e5; i++) a = [a];
  throw a;
}
