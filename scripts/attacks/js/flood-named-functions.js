// attack: defines so many functions that the answer to the start is larger than a frame may be
// mechanism: flood / names of functions at load
// limits: memory=256M payload=1M start=5s
// expect: load limit payload
// control: limits=payload=16M start=60s expect answer "done"

for (let i = 0; i < 6e4; i++) globalThis['function_with_a_long_name_' + i] = () => {};

function run() {
  return 'done';
}
