// run is called with the arguments of a call. What it returns is the answer; what
// it throws is the call's error. It may be an async function.
function run(name) {
  if (!name) throw new Error('who is to be greeted? Give a name');
  event('greeted', name); // sent at once, before the answer
  return `Hello, ${name}!`;
}
