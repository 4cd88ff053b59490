// attack: has a proxy written as JSON that says it is an array of 2^53-1 items
// mechanism: json / stringify of a proxy with a huge length
// limits: memory=32M time=1s
// expect: any of limit memory | deadline | exit | error
// why: how fast memory runs out depends on the machine
// control: none: it has no end

function run() {
  const huge = new Proxy([], { get: (target, name) => (name === 'length' ? 2 ** 53 - 1 : target[name]) });
  return JSON.stringify(huge).length;
}
