// attack: answers with an array whose length is another one each time that it is asked for
// mechanism: flood / length that changes between check and use
// limits: memory=32M time=1s
// serialiser: json
// expect: any of limit memory | exit | error | serialise | deadline | answer "[]"
// why: the memory for so many items does not exist
// control: none: the memory for so many items does not exist

function run() {
  let asked = 0;
  return new Proxy([], { get: (target, name) => (name === 'length' ? (asked++ ? 2 ** 40 : 0) : target[name]) });
}
