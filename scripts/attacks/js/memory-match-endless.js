// attack: collects the matches of an exec that is native, returns always the same and so never ends
// mechanism: memory / Symbol.match with a native exec
// limits: memory=32M time=2s
// expect: any of limit memory | deadline
// why: how fast memory runs out depends on the machine
// control: none: it has no end

function run() {
  const re = /x/g;
  re.exec = Object.bind(null, ['match']);
  return re[Symbol.match]('x').length;
}
